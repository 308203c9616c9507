// SPDX-License-Identifier: Apache-2.0

/** The system that a browser runs on, as far as its keyboard events differ. */
export type Platform = 'android' | 'ios' | 'linux' | 'mac' | 'windows';

/** Finds out where the page runs. */
export function detectPlatform(from: Pick<Navigator, 'userAgent' | 'maxTouchPoints'> = navigator): Platform {
  const { userAgent, maxTouchPoints } = from;
  if (/iPhone|iPad|iPod/.test(userAgent)) {
    return 'ios';
  }
  if (/Macintosh/.test(userAgent)) {
    // Tablets of Apple say that they are desktop computers, but those have no touch screen.
    return maxTouchPoints > 1 ? 'ios' : 'mac';
  }
  if (/Android/.test(userAgent)) {
    return 'android';
  }
  return /Windows/.test(userAgent) ? 'windows' : 'linux';
}
