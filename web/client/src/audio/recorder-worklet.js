// SPDX-License-Identifier: Apache-2.0

// Runs in the audio thread and sends each block of samples to the page. It is plain JavaScript because audio worklets
// are loaded by address and not bundled.

class RecorderWorklet extends AudioWorkletProcessor {
  process([input]) {
    if (input !== undefined && input.length > 0) {
      this.port.postMessage(input.map((channel) => channel.slice()));
    }
    return true;
  }
}

registerProcessor('palta-recorder', RecorderWorklet);
