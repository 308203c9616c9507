// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from 'vitest';
import { encodeInstruction, type Instruction, InstructionParser, parseInstructions, StatusCode } from '../src/index';
import { Random } from './random';

function parseInPieces(pieces: Iterable<string | Uint8Array>): {
  instructions: Instruction[];
  parser: InstructionParser;
} {
  const instructions: Instruction[] = [];
  const parser = new InstructionParser((instruction) => instructions.push(instruction));
  for (const piece of pieces) {
    parser.receive(piece);
  }
  return { instructions, parser };
}

describe('parser', () => {
  test.each([
    ['4.sync,13.1700000000000;', [{ opcode: 'sync', args: ['1700000000000'] }]],
    ['3.nop;', [{ opcode: 'nop', args: [] }]],
    ['0.,4.ping,1.7;', [{ opcode: '', args: ['ping', '7'] }]],
    ['0.;', [{ opcode: '', args: [] }]],
    [
      '4.name,0.;3.nop;',
      [
        { opcode: 'name', args: [''] },
        { opcode: 'nop', args: [] },
      ],
    ],
    ['4.name,7.a,b;c.d;', [{ opcode: 'name', args: ['a,b;c.d'] }]],
    ['4.name,3.a😀b;', [{ opcode: 'name', args: ['a😀b'] }]],
    ['004.name,02.ab;', [{ opcode: 'name', args: ['ab'] }]],
  ])('reads %s', (text, want) => {
    expect(parseInstructions(text)).toEqual(want);
  });

  test('counts element lengths in code points, however the input is split', () => {
    // Features: DIS-23
    const text = encodeInstruction('name', '😀é漢', '', '𝒳;,.') + encodeInstruction('nop');
    const want = [
      { opcode: 'name', args: ['😀é漢', '', '𝒳;,.'] },
      { opcode: 'nop', args: [] },
    ];
    for (let at = 0; at <= text.length; at++) {
      expect(parseInPieces([text.slice(0, at), text.slice(at)]).instructions, `split at ${at}`).toEqual(want);
    }
    const bytes = new TextEncoder().encode(text);
    for (let at = 0; at <= bytes.length; at++) {
      const got = parseInPieces([bytes.subarray(0, at), bytes.subarray(at)]).instructions;
      expect(got, `split at byte ${at}`).toEqual(want);
    }
  });

  test('round trip of random instructions in random pieces', () => {
    for (let seed = 0; seed < 400; seed++) {
      const random = new Random(seed);
      const want = Array.from({ length: 1 + random.below(4) }, () => ({
        opcode: random.text(6),
        args: Array.from({ length: random.below(5) }, () => random.text(12)),
      }));
      const text = want.map((i) => encodeInstruction(i.opcode, ...i.args)).join('');
      const pieces: (string | Uint8Array)[] = [];
      const bytes = new TextEncoder().encode(text);
      const source = random.below(2) === 0 ? text : bytes;
      for (let at = 0; at < source.length; ) {
        const next = at + 1 + random.below(7);
        pieces.push(source.slice(at, next));
        at = next;
      }
      const { instructions, parser } = parseInPieces(pieces);
      expect(instructions, `seed ${seed}`).toEqual(want);
      expect(parser.incomplete).toBe(false);
    }
  });

  test('random garbage ends in an error or in waiting, never in an exception', () => {
    for (let seed = 0; seed < 2000; seed++) {
      const random = new Random(seed);
      const { instructions } = parseInPieces([random.text(20), random.bytes(20), random.text(20)]);
      for (const { opcode, args } of instructions) {
        expect(parseInstructions(encodeInstruction(opcode, ...args))).toEqual([{ opcode, args }]);
      }
    }
  });

  test.each([
    ['a length that is no number', 'x.sync;'],
    ['a negative length', '-1.sync;'],
    ['an empty length', '.sync;'],
    ['a length that is too short', '3.sync;'],
    ['a length that is too long', '5.sync;3.nop;'],
    ['a length of many digits', '0000000004.sync;'],
    ['a length beyond the limit', '99999999.'],
    ['a byte count where code points are due', '4.name,4.😀;;3.nop;'],
  ])('refuses %s', (_, text) => {
    const { instructions, parser } = parseInPieces([...text, '3.nop;']);
    expect(parser.error?.code).toBe(StatusCode.SERVER_ERROR);
    expect(instructions).toEqual([]);
  });

  test('limits the elements of an instruction', () => {
    // Features: DIS-22
    const { parser } = parseInPieces(['1.a', ',0.'.repeat(127), ';']);
    expect(parser.error).toBeUndefined();
    expect(parseInPieces(['1.a', ',0.'.repeat(128), ';']).parser.error?.code).toBe(StatusCode.SERVER_ERROR);
  });

  test('limits the length of an instruction', () => {
    const parser = new InstructionParser(() => {}, { maxElementLength: 10, maxInstructionLength: 15 });
    expect(parser.receive('4.name,10.0123456789;')).toBeUndefined();
    expect(parser.receive('4.name,10.0123456789,2.ab;')?.code).toBe(StatusCode.SERVER_ERROR);
  });

  test('refuses bytes that are no UTF-8', () => {
    const { parser } = parseInPieces([Uint8Array.of(0x31, 0x2e, 0xff, 0x3b)]);
    expect(parser.error?.code).toBe(StatusCode.SERVER_ERROR);
  });

  test('a long element delivered in small pieces takes linear time', () => {
    const text = encodeInstruction('blob', '1', `😀${'A'.repeat(400_000)}`);
    const start = performance.now();
    const { instructions } = parseInPieces(text);
    expect(instructions[0]?.args[1]?.length).toBe(400_002);
    expect(performance.now() - start).toBeLessThan(2000);
  });
});
