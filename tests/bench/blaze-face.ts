/** BlazeFace for onnxruntime: the network that ships with Clearframe as an ONNX model, and how to read what it gives. */
import { GraphBuilder, onnxModel } from '../../model-export/onnx.ts';
import { overlap } from '../../src/faces/follower.ts';
import type { Detection, Picture, Point } from '../../src/faces/index.ts';
import type { Operator, TfliteModel } from './tflite.ts';

/** Pixels a side that the network takes in. */
export const SIDE = 192;
/** Cells a side, each with one anchor in its middle (MediaPipe's `face_detection_full_range_common.pbtxt`). */
const CELLS = 48;
/** Numbers per anchor: box, then six key points. */
const NUMBERS = 16;
const MIN_CONFIDENCE = 0.5;
/** Intersection over union from which two finds are one. */
const SAME = 0.3;

/** Input `picture`, float32 `[1, 3, 192, 192]`, -1..1; outputs `boxes` `[1, 48 * 48, 16]` in pixels from the anchor and `scores` `[1, 48 * 48, 1]`, logits. */
export function blazeFaceOnnx({ tensors, operators, inputs, outputs }: TfliteModel): Uint8Array {
  const graph = new GraphBuilder();
  const names = new Map([[inputs[0]!, 'picture']]);
  for (const operator of operators) {
    const [input, second] = operator.inputs.map((index) => names.get(index) ?? '');
    const shape = tensors[operator.inputs[0]!]!.shape;
    const out = tensors[operator.outputs[0]!]!.shape;
    let x: string;
    switch (operator.type) {
      case 'conv':
      case 'depthwise':
        x = convolution(graph, input!, operator, tensors);
        break;
      case 'add':
        x = graph.node('Add', [input!, second!]);
        break;
      case 'pad': {
        // Pairs in the order of NHWC; ONNX wants all beginnings, then all ends, in the order of NCHW.
        const pairs = tensors[operator.inputs[1]!]!.values as Int32Array;
        const order = [0, 3, 1, 2];
        const pads = [0, 1].flatMap((end) => order.map((dim) => pairs[2 * dim + end]!));
        x = graph.node('Pad', [input!, graph.integers(`pads_${operator.outputs[0]}`, pads)]);
        break;
      }
      case 'resize': {
        const sizes = [1, out[3]!, out[1]!, out[2]!];
        x = graph.node('Resize', [input!, '', '', graph.integers(`sizes_${operator.outputs[0]}`, sizes)], {
          mode: 'linear',
          coordinate_transformation_mode: 'half_pixel',
        });
        break;
      }
      case 'depth-to-space':
        x = graph.node('DepthToSpace', [input!], { blocksize: out[1]! / shape[1]!, mode: 'DCR' });
        break;
      case 'reshape':
        x = graph.node('Transpose', [input!], { perm: [0, 2, 3, 1] });
        x = graph.node('Reshape', [x, graph.integers(`shape_${operator.outputs[0]}`, out)]);
        break;
      default:
        throw new Error(`${operator.type} has no twin in ONNX`);
    }
    if (operator.relu) x = graph.node('Relu', [x]);
    names.set(operator.outputs[0]!, x);
  }
  for (const index of outputs) {
    const name = tensors[index]!.shape[2] === NUMBERS ? 'boxes' : 'scores';
    graph.nodes.find(({ output }) => output[0] === names.get(index))!.output = [name];
  }
  return onnxModel(
    'blaze-face',
    graph,
    { picture: [1, 3, SIDE, SIDE] },
    { boxes: [1, CELLS * CELLS, NUMBERS], scores: [1, CELLS * CELLS, 1] },
  );
}

function convolution(
  graph: GraphBuilder,
  input: string,
  { type, inputs, outputs, stride, samePadding }: Operator,
  tensors: TfliteModel['tensors'],
): string {
  const [picture, filter, bias] = inputs.map((index) => tensors[index]!);
  const depthwise = type === 'depthwise';
  const [first, height, width, last] = filter!.shape as [number, number, number, number];
  // TFLite keeps filters as [out, kh, kw, in], depthwise ones as [1, kh, kw, channels]; ONNX as [out, in / group, kh, kw].
  const [outs, ins] = depthwise ? [last, 1] : [first, last];
  const turned = new Float32Array(filter!.values!.length);
  for (let to = 0; to < outs; to++)
    for (let from = 0; from < ins; from++)
      for (let place = 0; place < height * width; place++)
        turned[(to * ins + from) * height * width + place] = depthwise
          ? filter!.values![place * last + to]!
          : filter!.values![(to * height * width + place) * last + from]!;
  const name = `conv_${outputs[0]}`;
  // "Same" padding, the odd pixel at the end.
  const around = (size: number, kernel: number): [number, number] => {
    const all = samePadding ? Math.max(0, (Math.ceil(size / stride) - 1) * stride + kernel - size) : 0;
    return [all >> 1, all - (all >> 1)];
  };
  const [top, bottom] = around(picture!.shape[1]!, height);
  const [left, right] = around(picture!.shape[2]!, width);
  return graph.node(
    'Conv',
    [
      input,
      graph.floats(`${name}.weight`, turned, [outs, ins, height, width]),
      graph.floats(`${name}.bias`, bias!.values as Float32Array, [outs]),
    ],
    {
      kernel_shape: [height, width],
      strides: [stride, stride],
      pads: [top, left, bottom, right],
      group: depthwise ? outs : 1,
    },
  );
}

/** Where a square of the picture lies that the network was shown. */
export interface Look {
  left: number;
  top: number;
  side: number;
}

/** The square of a picture in the network's format `[1, 3, 192, 192]`; black beyond the picture, as MediaPipe pads. */
export function lookAt({ data, width, height }: Picture, { left, top, side }: Look): Float32Array {
  const planes = new Float32Array(3 * SIDE * SIDE).fill(-1);
  const step = side / SIDE;
  for (let y = 0; y < SIDE; y++) {
    const row = Math.floor(top + (y + 0.5) * step);
    if (row < 0 || row >= height) continue;
    for (let x = 0; x < SIDE; x++) {
      const column = Math.floor(left + (x + 0.5) * step);
      if (column < 0 || column >= width) continue;
      const at = 4 * (row * width + column);
      for (let channel = 0; channel < 3; channel++)
        planes[channel * SIDE * SIDE + y * SIDE + x] = data[at + channel]! / 127.5 - 1;
    }
  }
  return planes;
}

/** The faces that the network's answer tells of, in the picture's pixels, the most certain first. */
export function facesIn(boxes: Float32Array, scores: Float32Array, { left, top, side }: Look): Detection[] {
  const found: Detection[] = [];
  for (let cell = 0; cell < CELLS * CELLS; cell++) {
    const score = 1 / (1 + Math.exp(-scores[cell]!));
    if (score < MIN_CONFIDENCE) continue;
    const numbers = boxes.subarray(cell * NUMBERS, (cell + 1) * NUMBERS);
    const anchor: Point = { x: ((cell % CELLS) + 0.5) / CELLS, y: (Math.floor(cell / CELLS) + 0.5) / CELLS };
    const point = (at: number): Point => ({
      x: left + (numbers[at]! / SIDE + anchor.x) * side,
      y: top + (numbers[at + 1]! / SIDE + anchor.y) * side,
    });
    const centre = point(0);
    const [width, height] = [(numbers[2]! / SIDE) * side, (numbers[3]! / SIDE) * side];
    found.push({
      box: { x: centre.x - width / 2, y: centre.y - height / 2, width, height },
      keypoints: {
        rightEye: point(4),
        leftEye: point(6),
        nose: point(8),
        mouth: point(10),
        rightEar: point(12),
        leftEar: point(14),
      },
      score,
    });
  }
  const kept: Detection[] = [];
  for (const one of found.sort((a, b) => b.score - a.score))
    if (!kept.some((other) => overlap(other.box, one.box) > SAME)) kept.push(one);
  return kept;
}
