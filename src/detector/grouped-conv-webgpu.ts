import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { WebGPUBackend, WebGPUProgram } from '@tensorflow/tfjs-backend-webgpu';
import type { GroupedConvAttrs, GroupedConvInputs } from './grouped-conv.ts';

/** Output columns that one invocation computes: they share the weights it has read. */
const COLUMNS = 4;

/** Everything that changes the shader's text, and so its key in the backend's pipeline cache. */
interface ShaderShape {
  kernel: [number, number];
  stride: number;
  pad: number;
  inPerGroup: number;
  outPerGroup: number;
  bias: boolean;
  relu: boolean;
}

/**
 * WGSL of a grouped convolution. With channels per group divisible by 4 everything is vec4: one invocation makes four
 * output channels, which lie in one group, of four neighbouring columns. Else one output channel at a time.
 */
class GroupedConvProgram implements WebGPUProgram {
  readonly variableNames: string[];
  readonly uniforms = '';
  readonly workgroupSize: [number, number, number] = [64, 1, 1];
  readonly outputComponent: number;
  readonly dispatchLayout = { x: [0, 1, 2, 3] };
  readonly shaderKey: string;
  dispatch: [number, number, number];

  constructor(
    readonly outputShape: [number, number, number, number],
    readonly shape: ShaderShape,
  ) {
    this.outputComponent = shape.inPerGroup % 4 === 0 && shape.outPerGroup % 4 === 0 ? 4 : 1;
    this.variableNames = shape.bias ? ['x', 'W', 'bias'] : ['x', 'W'];
    this.shaderKey = `groupedConv2D_${this.outputComponent}_${JSON.stringify(shape)}`;
    const [batch, height, width, channels] = outputShape;
    const invocations = batch * height * Math.ceil(width / COLUMNS) * (channels / this.outputComponent);
    this.dispatch = [Math.ceil(invocations / this.workgroupSize[0]), 1, 1];
  }

  getUserCode(): string {
    const { kernel, stride, pad, inPerGroup, outPerGroup, bias, relu } = this.shape;
    const wide = this.outputComponent === 4;
    const type = wide ? 'vec4<f32>' : 'f32';
    const step = this.outputComponent;
    const weights = (c: number): string => `getW(kRow, kColumn, inner + ${c}, channel)`;
    const product = wide ? [0, 1, 2, 3].map((c) => `value[${c}] * w${c}`).join(' + ') : 'value * w0';
    return `
      fn main(index : i32) {
        let channelSteps = uniforms.outShape[3] / ${step};
        let columnSteps = (uniforms.outShape[2] + ${COLUMNS - 1}) / ${COLUMNS};
        let channel = (index % channelSteps) * ${step};
        var rest = index / channelSteps;
        let column = (rest % columnSteps) * ${COLUMNS};
        rest = rest / columnSteps;
        let row = rest % uniforms.outShape[1];
        let batch = rest / uniforms.outShape[1];
        if (batch >= uniforms.outShape[0]) { return; }
        let firstInput = (channel / ${outPerGroup}) * ${inPerGroup};

        var sums : array<${type}, ${COLUMNS}>;
        for (var i = 0; i < ${COLUMNS}; i++) { sums[i] = ${type}(0.0); }
        for (var kRow = 0; kRow < ${kernel[0]}; kRow++) {
          let inRow = row * ${stride} + kRow - ${pad};
          if (inRow < 0 || inRow >= uniforms.xShape[1]) { continue; }
          for (var kColumn = 0; kColumn < ${kernel[1]}; kColumn++) {
            for (var inner = 0; inner < ${inPerGroup}; inner += ${step}) {
              ${Array.from({ length: step }, (_, c) => `let w${c} = ${weights(c)};`).join(' ')}
              for (var i = 0; i < ${COLUMNS}; i++) {
                let inColumn = (column + i) * ${stride} + kColumn - ${pad};
                if (inColumn < 0 || inColumn >= uniforms.xShape[2]) { continue; }
                let value = getX(batch, inRow, inColumn, firstInput + inner);
                sums[i] = sums[i] + ${product};
              }
            }
          }
        }
        for (var i = 0; i < ${COLUMNS}; i++) {
          if (column + i >= uniforms.outShape[2]) { break; }
          var value = sums[i];
          ${bias ? `value = value + bias[channel / ${step}];` : ''}
          ${relu ? `value = max(value, ${type}(0.0));` : ''}
          setOutputAtCoords(batch, row, column + i, channel, value);
        }
      }
    `;
  }
}

/** The kernel for tfjs-backend-webgpu; see `groupedConv2d` for shapes. */
export function groupedConvWebGpu(
  { x, filter, bias }: GroupedConvInputs,
  { groups, stride, pad, activation }: GroupedConvAttrs,
  backend: WebGPUBackend,
): TensorInfo {
  const [kernelHeight, kernelWidth, inPerGroup, out] = filter.shape;
  const size = (length: number, kernel: number): number =>
    Math.floor((length + 2 * pad - kernel) / stride) + 1;
  const program = new GroupedConvProgram(
    [x.shape[0], size(x.shape[1], kernelHeight), size(x.shape[2], kernelWidth), out],
    {
      kernel: [kernelHeight, kernelWidth],
      stride,
      pad,
      inPerGroup,
      outPerGroup: out / groups,
      bias: bias !== undefined,
      relu: activation === 'relu',
    },
  );
  return backend.runWebGPUProgram(program, bias === undefined ? [x, filter] : [x, filter, bias], 'float32');
}
