/**
 * All trainable weights in one vector. An optimizer's step is then a dozen large operations instead of a dozen small
 * ones per weight, which on tfjs costs as much as a convolution.
 */
import * as tf from '@tensorflow/tfjs-core';

export interface ParameterShape {
  name: string;
  shape: number[];
}

export class FlatParameters {
  readonly size: number;
  private readonly sizes: number[];

  constructor(readonly layout: readonly ParameterShape[]) {
    this.sizes = layout.map(({ shape }) => shape.reduce((product, side) => product * side, 1));
    this.size = this.sizes.reduce((sum, size) => sum + size, 0);
  }

  /** One vector of `size` values from the named tensors. */
  join(tensors: Readonly<Record<string, tf.Tensor>>): tf.Tensor1D {
    return tf.tidy(() =>
      tf.concat1d(
        this.layout.map(({ name }) => {
          const tensor = tensors[name];
          if (tensor === undefined) throw new Error(`no tensor for parameter ${name}`);
          return tf.reshape(tensor, [-1]) as tf.Tensor1D;
        }),
      ),
    );
  }

  /** The named tensors; the caller disposes of them. */
  split(vector: tf.Tensor1D): Record<string, tf.Tensor> {
    return tf.tidy(() => {
      const parts = tf.split(vector, this.sizes);
      return Object.fromEntries(
        this.layout.map(({ name, shape }, index) => [name, tf.reshape(parts[index]!, shape)]),
      );
    });
  }

  /** 1 where the predicate holds for a parameter, else 0. */
  mask(holds: (parameter: ParameterShape) => boolean): tf.Tensor1D {
    const values = new Float32Array(this.size);
    let at = 0;
    for (const [index, parameter] of this.layout.entries()) {
      const end = at + this.sizes[index]!;
      if (holds(parameter)) values.fill(1, at, end);
      at = end;
    }
    return tf.tensor1d(values);
  }
}
