/**
 * The trunk's kernels in AssemblyScript, compiled to WebAssembly with SIMD by `scripts/kernels.ts`, once with and once
 * without relaxed SIMD (fused multiply-add). All pictures are float32, NHWC with N = 1; pointers and steps are in bytes.
 * Nothing is allocated here: the caller owns the memory (`kernel-trunk.ts`).
 */

@inline
function madd(a: v128, b: v128, sum: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, sum);
  return f32x4.add(f32x4.mul(a, b), sum);
}

/** Adds what has to be added to four sums, and stores them. `add` of 0: nothing. */
@inline
function finish(sum: v128, out: usize, add: usize, relu: bool): void {
  let value = sum;
  if (add != 0) value = f32x4.add(value, v128.load(add));
  if (relu) value = f32x4.max(value, f32x4.splat(0));
  v128.store(out, value);
}

/** 4 pixels x 8 channels. `depth` is a multiple of 4: the input channels of a group. */
export function block4x8(
  at: usize,
  pixelStep: usize,
  rowStep: usize,
  tapStep: usize,
  kernel: u32,
  depth: u32,
  weights: usize,
  bias: usize,
  out: usize,
  outStep: usize,
  add: usize,
  relu: bool,
): void {
  let a0 = v128.load(bias);
  let a1 = v128.load(bias, 16);
  let b0 = a0;
  let b1 = a1;
  let c0 = a0;
  let c1 = a1;
  let d0 = a0;
  let d1 = a1;
  let w = weights;
  const depthBytes: usize = (<usize>depth) << 2;
  for (let ky: u32 = 0; ky < kernel; ky++) {
    let tap = at + ky * rowStep;
    for (let kx: u32 = 0; kx < kernel; kx++) {
      let p0 = tap;
      let p1 = p0 + pixelStep;
      let p2 = p1 + pixelStep;
      let p3 = p2 + pixelStep;
      const end = p0 + depthBytes;
      while (p0 < end) {
        let w0 = v128.load(w);
        let w1 = v128.load(w, 16);
        let x = v128.load32_splat(p0);
        a0 = madd(x, w0, a0);
        a1 = madd(x, w1, a1);
        x = v128.load32_splat(p1);
        b0 = madd(x, w0, b0);
        b1 = madd(x, w1, b1);
        x = v128.load32_splat(p2);
        c0 = madd(x, w0, c0);
        c1 = madd(x, w1, c1);
        x = v128.load32_splat(p3);
        d0 = madd(x, w0, d0);
        d1 = madd(x, w1, d1);

        w0 = v128.load(w, 32);
        w1 = v128.load(w, 48);
        x = v128.load32_splat(p0, 4);
        a0 = madd(x, w0, a0);
        a1 = madd(x, w1, a1);
        x = v128.load32_splat(p1, 4);
        b0 = madd(x, w0, b0);
        b1 = madd(x, w1, b1);
        x = v128.load32_splat(p2, 4);
        c0 = madd(x, w0, c0);
        c1 = madd(x, w1, c1);
        x = v128.load32_splat(p3, 4);
        d0 = madd(x, w0, d0);
        d1 = madd(x, w1, d1);

        w0 = v128.load(w, 64);
        w1 = v128.load(w, 80);
        x = v128.load32_splat(p0, 8);
        a0 = madd(x, w0, a0);
        a1 = madd(x, w1, a1);
        x = v128.load32_splat(p1, 8);
        b0 = madd(x, w0, b0);
        b1 = madd(x, w1, b1);
        x = v128.load32_splat(p2, 8);
        c0 = madd(x, w0, c0);
        c1 = madd(x, w1, c1);
        x = v128.load32_splat(p3, 8);
        d0 = madd(x, w0, d0);
        d1 = madd(x, w1, d1);

        w0 = v128.load(w, 96);
        w1 = v128.load(w, 112);
        x = v128.load32_splat(p0, 12);
        a0 = madd(x, w0, a0);
        a1 = madd(x, w1, a1);
        x = v128.load32_splat(p1, 12);
        b0 = madd(x, w0, b0);
        b1 = madd(x, w1, b1);
        x = v128.load32_splat(p2, 12);
        c0 = madd(x, w0, c0);
        c1 = madd(x, w1, c1);
        x = v128.load32_splat(p3, 12);
        d0 = madd(x, w0, d0);
        d1 = madd(x, w1, d1);

        w += 128;
        p0 += 16;
        p1 += 16;
        p2 += 16;
        p3 += 16;
      }
      tap += tapStep;
    }
  }
  const skip = add == 0 ? 0 : outStep;
  finish(a0, out, add, relu);
  finish(a1, out + 16, add == 0 ? 0 : add + 16, relu);
  out += outStep;
  add += skip;
  finish(b0, out, add, relu);
  finish(b1, out + 16, add == 0 ? 0 : add + 16, relu);
  out += outStep;
  add += skip;
  finish(c0, out, add, relu);
  finish(c1, out + 16, add == 0 ? 0 : add + 16, relu);
  out += outStep;
  add += skip;
  finish(d0, out, add, relu);
  finish(d1, out + 16, add == 0 ? 0 : add + 16, relu);
}

/** 8 pixels x 4 channels: for groups of four output channels. */
export function block8x4(
  at: usize,
  pixelStep: usize,
  rowStep: usize,
  tapStep: usize,
  kernel: u32,
  depth: u32,
  weights: usize,
  bias: usize,
  out: usize,
  outStep: usize,
  add: usize,
  relu: bool,
): void {
  let s0 = v128.load(bias);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let s4 = s0;
  let s5 = s0;
  let s6 = s0;
  let s7 = s0;
  let w = weights;
  const depthBytes: usize = (<usize>depth) << 2;
  const step2 = pixelStep * 2;
  const step3 = pixelStep * 3;
  const step4 = pixelStep * 4;
  for (let ky: u32 = 0; ky < kernel; ky++) {
    let tap = at + ky * rowStep;
    for (let kx: u32 = 0; kx < kernel; kx++) {
      let p = tap;
      let q = tap + step4;
      const end = p + depthBytes;
      while (p < end) {
        const w0 = v128.load(w);
        s0 = madd(v128.load32_splat(p), w0, s0);
        s1 = madd(v128.load32_splat(p + pixelStep), w0, s1);
        s2 = madd(v128.load32_splat(p + step2), w0, s2);
        s3 = madd(v128.load32_splat(p + step3), w0, s3);
        s4 = madd(v128.load32_splat(q), w0, s4);
        s5 = madd(v128.load32_splat(q + pixelStep), w0, s5);
        s6 = madd(v128.load32_splat(q + step2), w0, s6);
        s7 = madd(v128.load32_splat(q + step3), w0, s7);
        w += 16;
        p += 4;
        q += 4;
      }
      tap += tapStep;
    }
  }
  const skip = add == 0 ? 0 : outStep;
  finish(s0, out, add, relu);
  finish(s1, (out += outStep), (add += skip), relu);
  finish(s2, (out += outStep), (add += skip), relu);
  finish(s3, (out += outStep), (add += skip), relu);
  finish(s4, (out += outStep), (add += skip), relu);
  finish(s5, (out += outStep), (add += skip), relu);
  finish(s6, (out += outStep), (add += skip), relu);
  finish(s7, (out += outStep), (add += skip), relu);
}

/** One pixel x 4 channels, of weights packed `lanes` wide: for pictures narrower than a block. */
export function block1x4(
  at: usize,
  rowStep: usize,
  tapStep: usize,
  kernel: u32,
  depth: u32,
  weights: usize,
  lanes: u32,
  bias: usize,
  out: usize,
  add: usize,
  relu: bool,
): void {
  let sum = v128.load(bias);
  let w = weights;
  const weightStep: usize = (<usize>lanes) << 2;
  for (let ky: u32 = 0; ky < kernel; ky++) {
    let tap = at + ky * rowStep;
    for (let kx: u32 = 0; kx < kernel; kx++) {
      for (let c: u32 = 0; c < depth; c++) {
        sum = madd(v128.load32_splat(tap + (c << 2)), v128.load(w), sum);
        w += weightStep;
      }
      tap += tapStep;
    }
  }
  finish(sum, out, add, relu);
}

/**
 * A convolution with bias, a picture to add (0: none) and ReLU.
 * @param lanes 8 or 4: channels per block of the weights, packed `[group][block][ky][kx][depth][lanes]`
 * @param add has the steps of `out`, and is not `out`
 */
export function convolve(
  input: usize,
  inputPixel: usize,
  inputRow: usize,
  stride: u32,
  kernel: u32,
  depth: u32,
  groups: u32,
  outPerGroup: u32,
  lanes: u32,
  weights: usize,
  bias: usize,
  out: usize,
  outPixel: usize,
  outRow: usize,
  width: u32,
  height: u32,
  add: usize,
  relu: bool,
): void {
  const pixels: u32 = lanes == 8 ? 4 : 8;
  const pixelStep: usize = inputPixel * stride;
  const weightBlock: usize = (kernel * kernel * depth * lanes) << 2;
  const laneBytes: usize = lanes << 2;
  const depthBytes: usize = depth << 2;
  const blocks = outPerGroup / lanes;
  for (let y: u32 = 0; y < height; y++) {
    const inputLine = input + y * stride * inputRow;
    const outLine = out + y * outRow;
    const addLine = add == 0 ? 0 : add + y * outRow;
    let w = weights;
    let channel: usize = 0;
    for (let g: u32 = 0; g < groups; g++) {
      const from = inputLine + g * depthBytes;
      for (let block: u32 = 0; block < blocks; block++) {
        const b = bias + channel;
        if (width < pixels) {
          for (let x: u32 = 0; x < width; x++) {
            const at = from + x * pixelStep;
            const offset = x * outPixel + channel;
            const sum = add == 0 ? 0 : addLine + offset;
            block1x4(at, inputRow, inputPixel, kernel, depth, w, lanes, b, outLine + offset, sum, relu);
            if (lanes == 8) {
              const sum2 = add == 0 ? 0 : sum + 16;
              block1x4(at, inputRow, inputPixel, kernel, depth, w + 16, lanes, b + 16, outLine + offset + 16, sum2, relu);
            }
          }
        } else {
          let x: u32 = 0;
          while (true) {
            const at = from + x * pixelStep;
            const offset = x * outPixel + channel;
            const sum = add == 0 ? 0 : addLine + offset;
            if (lanes == 8) {
              block4x8(at, pixelStep, inputRow, inputPixel, kernel, depth, w, b, outLine + offset, outPixel, sum, relu);
            } else {
              block8x4(at, pixelStep, inputRow, inputPixel, kernel, depth, w, b, outLine + offset, outPixel, sum, relu);
            }
            if (x + pixels >= width) break;
            x += pixels;
            // The last block overlaps the one before: its pixels are computed again, to the same values.
            if (x + pixels > width) x = width - pixels;
          }
        }
        w += weightBlock;
        channel += laneBytes;
      }
    }
  }
}

/** Four channels of one place, or of four places side by side: the sum of `kernel` x `kernel` places, each with its weight. */
@inline
function depthwiseBlock(
  at: usize,
  pixelStep: usize,
  inputRow: usize,
  pixel: usize,
  kernel: u32,
  weights: usize,
  bias: usize,
  out: usize,
  four: bool,
): void {
  let a = v128.load(bias);
  let b = a;
  let c = a;
  let d = a;
  let w = weights;
  for (let ky: u32 = 0; ky < kernel; ky++) {
    let tap = at + ky * inputRow;
    for (let kx: u32 = 0; kx < kernel; kx++) {
      const weight = v128.load(w);
      a = madd(v128.load(tap), weight, a);
      if (four) {
        b = madd(v128.load(tap + pixelStep), weight, b);
        c = madd(v128.load(tap + 2 * pixelStep), weight, c);
        d = madd(v128.load(tap + 3 * pixelStep), weight, d);
      }
      w += pixel;
      tap += pixel;
    }
  }
  finish(a, out, 0, true);
  if (four) {
    finish(b, out + pixel, 0, true);
    finish(c, out + 2 * pixel, 0, true);
    finish(d, out + 3 * pixel, 0, true);
  }
}

/**
 * A convolution with one channel per group, with bias and ReLU. Weights are packed `[ky][kx][channels]`; `pixel`, the bytes of
 * all channels, is the same in both pictures, and a multiple of 16.
 */
export function depthwise(
  input: usize,
  inputRow: usize,
  stride: u32,
  kernel: u32,
  pixel: usize,
  weights: usize,
  bias: usize,
  out: usize,
  outRow: usize,
  width: u32,
  height: u32,
): void {
  const pixelStep: usize = pixel * stride;
  for (let y: u32 = 0; y < height; y++) {
    const line = input + y * stride * inputRow;
    const outLine = out + y * outRow;
    let x: u32 = 0;
    while (x < width) {
      // The last block overlaps the one before: its pixels are computed again, to the same values.
      if (width >= 4 && x + 4 > width) x = width - 4;
      const at = line + x * pixelStep;
      const to = outLine + x * pixel;
      for (let c: usize = 0; c < pixel; c += 16) {
        if (width >= 4) depthwiseBlock(at + c, pixelStep, inputRow, pixel, kernel, weights + c, bias + c, to + c, true);
        else depthwiseBlock(at + c, pixelStep, inputRow, pixel, kernel, weights + c, bias + c, to + c, false);
      }
      x += width >= 4 ? 4 : 1;
    }
  }
}

/** 3x3 maximum with stride 2 over a picture with a border of one pixel (of what never wins). */
export function maxPool(
  input: usize,
  channels: u32,
  inputRow: usize,
  out: usize,
  width: u32,
  height: u32,
): void {
  const pixel: usize = channels << 2;
  for (let y: u32 = 0; y < height; y++) {
    for (let x: u32 = 0; x < width; x++) {
      const corner = input + 2 * y * inputRow + 2 * x * pixel;
      const to = out + (y * width + x) * pixel;
      for (let c: usize = 0; c < pixel; c += 16) {
        let best = v128.load(corner + c);
        best = f32x4.max(best, v128.load(corner + c + pixel));
        best = f32x4.max(best, v128.load(corner + c + 2 * pixel));
        const second = corner + c + inputRow;
        best = f32x4.max(best, v128.load(second));
        best = f32x4.max(best, v128.load(second + pixel));
        best = f32x4.max(best, v128.load(second + 2 * pixel));
        const third = second + inputRow;
        best = f32x4.max(best, v128.load(third));
        best = f32x4.max(best, v128.load(third + pixel));
        best = f32x4.max(best, v128.load(third + 2 * pixel));
        v128.store(to + c, best);
      }
    }
  }
}

/** The mean over all places. */
export function mean(input: usize, channels: u32, places: u32, out: usize): void {
  const pixel: usize = channels << 2;
  const share = f32x4.splat(1 / <f32>places);
  for (let c: usize = 0; c < pixel; c += 16) {
    let sum = f32x4.splat(0);
    for (let place: u32 = 0; place < places; place++) {
      sum = f32x4.add(sum, v128.load(input + place * pixel + c));
    }
    v128.store(out + c, f32x4.mul(sum, share));
  }
}

/** RGB bytes to normalised floats with a fourth channel of 0, into a picture with a border. `scale`, `shift`: 3 floats. */
export function normalise(
  bytes: usize,
  scale: usize,
  shift: usize,
  out: usize,
  outRow: usize,
  width: u32,
  height: u32,
): void {
  for (let y: u32 = 0; y < height; y++) {
    let to = out + y * outRow;
    for (let x: u32 = 0; x < width; x++) {
      store<f32>(to, <f32>load<u8>(bytes) * load<f32>(scale) + load<f32>(shift));
      store<f32>(to, <f32>load<u8>(bytes, 1) * load<f32>(scale, 4) + load<f32>(shift, 4), 4);
      store<f32>(to, <f32>load<u8>(bytes, 2) * load<f32>(scale, 8) + load<f32>(shift, 8), 8);
      store<f32>(to, 0, 12);
      bytes += 3;
      to += 16;
    }
  }
}

/** Zeros the border of `pad` pixels around a picture; `picture` is the border's own corner. */
export function clearBorder(picture: usize, pixel: usize, width: u32, height: u32, pad: u32): void {
  const row: usize = (width + 2 * pad) * pixel;
  memory.fill(picture, 0, pad * row);
  memory.fill(picture + (pad + height) * row, 0, pad * row);
  for (let y: u32 = 0; y < height; y++) {
    const line = picture + (pad + y) * row;
    memory.fill(line, 0, pad * pixel);
    memory.fill(line + (pad + width) * pixel, 0, pad * pixel);
  }
}

/** Where free memory begins. */
export function heapBase(): usize {
  return __heap_base;
}
