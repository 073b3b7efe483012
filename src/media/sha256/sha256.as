/**
 * SHA-256 (FIPS 180-4) in AssemblyScript, compiled to WebAssembly with SIMD by `scripts/kernels.ts`. The message schedule
 * is made four words at a time, beside the rounds. One memory holds one message's state: an instance per message.
 */

/** The eight words of the chaining value. */
const STATE: usize = memory.data<u32>([
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
]);
/** Schedule words plus round constants of the next 16 rounds. */
const WORDS: usize = memory.data(64, 16);
const CONSTANTS: usize = memory.data<u32>([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01,
  0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc,
  0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
  0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08,
  0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
  0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
], 16);
/** Where the message's blocks are put, up to the end of the memory. */
const INPUT: usize = 65536;

export function input(): usize {
  return INPUT;
}

/** Address of the chaining value, which is the digest once the padding has been taken in. */
export function state(): usize {
  return STATE;
}

@inline
function sum0(a: u32): u32 {
  return rotr<u32>(a, 2) ^ rotr<u32>(a, 13) ^ rotr<u32>(a, 22);
}

@inline
function sum1(e: u32): u32 {
  return rotr<u32>(e, 6) ^ rotr<u32>(e, 11) ^ rotr<u32>(e, 25);
}

@inline
function choice(e: u32, f: u32, g: u32): u32 {
  return g ^ (e & (f ^ g));
}

@inline
function majority(a: u32, b: u32, c: u32): u32 {
  return b ^ ((a ^ b) & (b ^ c));
}

/** Four big-endian words of the message. */
@inline
function words(at: usize): v128 {
  return i8x16.swizzle(v128.load(at), i8x16(3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12));
}

/** sigma1 of the two words that lie doubled in the halves of `x`; each result is the low word of its half. */
@inline
function sigma1(x: v128): v128 {
  return v128.xor(v128.xor(i64x2.shr_u(x, 17), i64x2.shr_u(x, 19)), i32x4.shr_u(x, 10));
}

/** The four words of the schedule that follow the sixteen in x0..x3. */
@inline
function schedule(x0: v128, x1: v128, x2: v128, x3: v128): v128 {
  const zero = i32x4.splat(0);
  const second = v128.shuffle<i32>(x0, x1, 1, 2, 3, 4);
  const sigma0 = v128.xor(
    v128.xor(
      v128.or(i32x4.shr_u(second, 7), i32x4.shl(second, 25)),
      v128.or(i32x4.shr_u(second, 18), i32x4.shl(second, 14)),
    ),
    i32x4.shr_u(second, 3),
  );
  const sum = i32x4.add(i32x4.add(x0, v128.shuffle<i32>(x2, x3, 1, 2, 3, 4)), sigma0);
  // The upper two words need the lower two.
  const before = sigma1(v128.shuffle<i32>(x3, x3, 2, 2, 3, 3));
  const lower = i32x4.add(sum, v128.shuffle<i32>(before, zero, 0, 2, 4, 4));
  const after = sigma1(v128.shuffle<i32>(lower, lower, 0, 0, 1, 1));
  return i32x4.add(lower, v128.shuffle<i32>(zero, after, 0, 0, 4, 6));
}

/** Takes `count` blocks of 64 bytes at `INPUT` into the chaining value. */
export function update(count: u32): void {
  let a = load<u32>(STATE);
  let b = load<u32>(STATE, 4);
  let c = load<u32>(STATE, 8);
  let d = load<u32>(STATE, 12);
  let e = load<u32>(STATE, 16);
  let f = load<u32>(STATE, 20);
  let g = load<u32>(STATE, 24);
  let h = load<u32>(STATE, 28);
  for (let block = INPUT; block < INPUT + 64 * (count as usize); block += 64) {
    const a0 = a, b0 = b, c0 = c, d0 = d, e0 = e, f0 = f, g0 = g, h0 = h;
    let x0 = words(block);
    let x1 = words(block + 16);
    let x2 = words(block + 32);
    let x3 = words(block + 48);
    v128.store(WORDS, i32x4.add(x0, v128.load(CONSTANTS)));
    v128.store(WORDS, i32x4.add(x1, v128.load(CONSTANTS, 16)), 16);
    v128.store(WORDS, i32x4.add(x2, v128.load(CONSTANTS, 32)), 32);
    v128.store(WORDS, i32x4.add(x3, v128.load(CONSTANTS, 48)), 48);
    for (let k = CONSTANTS + 64; k <= CONSTANTS + 256; k += 64) {
      const more = k < CONSTANTS + 256;
      h += sum1(e) + choice(e, f, g) + load<u32>(WORDS); d += h; h += sum0(a) + majority(a, b, c);
      g += sum1(d) + choice(d, e, f) + load<u32>(WORDS, 4); c += g; g += sum0(h) + majority(h, a, b);
      f += sum1(c) + choice(c, d, e) + load<u32>(WORDS, 8); b += f; f += sum0(g) + majority(g, h, a);
      e += sum1(b) + choice(b, c, d) + load<u32>(WORDS, 12); a += e; e += sum0(f) + majority(f, g, h);
      if (more) v128.store(WORDS, i32x4.add((x0 = schedule(x0, x1, x2, x3)), v128.load(k)));
      d += sum1(a) + choice(a, b, c) + load<u32>(WORDS, 16); h += d; d += sum0(e) + majority(e, f, g);
      c += sum1(h) + choice(h, a, b) + load<u32>(WORDS, 20); g += c; c += sum0(d) + majority(d, e, f);
      b += sum1(g) + choice(g, h, a) + load<u32>(WORDS, 24); f += b; b += sum0(c) + majority(c, d, e);
      a += sum1(f) + choice(f, g, h) + load<u32>(WORDS, 28); e += a; a += sum0(b) + majority(b, c, d);
      if (more) v128.store(WORDS, i32x4.add((x1 = schedule(x1, x2, x3, x0)), v128.load(k, 16)), 16);
      h += sum1(e) + choice(e, f, g) + load<u32>(WORDS, 32); d += h; h += sum0(a) + majority(a, b, c);
      g += sum1(d) + choice(d, e, f) + load<u32>(WORDS, 36); c += g; g += sum0(h) + majority(h, a, b);
      f += sum1(c) + choice(c, d, e) + load<u32>(WORDS, 40); b += f; f += sum0(g) + majority(g, h, a);
      e += sum1(b) + choice(b, c, d) + load<u32>(WORDS, 44); a += e; e += sum0(f) + majority(f, g, h);
      if (more) v128.store(WORDS, i32x4.add((x2 = schedule(x2, x3, x0, x1)), v128.load(k, 32)), 32);
      d += sum1(a) + choice(a, b, c) + load<u32>(WORDS, 48); h += d; d += sum0(e) + majority(e, f, g);
      c += sum1(h) + choice(h, a, b) + load<u32>(WORDS, 52); g += c; c += sum0(d) + majority(d, e, f);
      b += sum1(g) + choice(g, h, a) + load<u32>(WORDS, 56); f += b; b += sum0(c) + majority(c, d, e);
      a += sum1(f) + choice(f, g, h) + load<u32>(WORDS, 60); e += a; a += sum0(b) + majority(b, c, d);
      if (more) v128.store(WORDS, i32x4.add((x3 = schedule(x3, x0, x1, x2)), v128.load(k, 48)), 48);
    }
    a += a0; b += b0; c += c0; d += d0; e += e0; f += f0; g += g0; h += h0;
  }
  store<u32>(STATE, a);
  store<u32>(STATE, b, 4);
  store<u32>(STATE, c, 8);
  store<u32>(STATE, d, 12);
  store<u32>(STATE, e, 16);
  store<u32>(STATE, f, 20);
  store<u32>(STATE, g, 24);
  store<u32>(STATE, h, 28);
}
