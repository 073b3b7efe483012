import type { ModelManifest } from '../detector/index.ts';
import type { Marks, OperatingPoints } from '../verdict/index.ts';

type Measured = Record<keyof Marks, { threshold: number }>;

const thresholds = ({ strong, some }: Measured): Marks => ({
  strong: strong.threshold,
  some: some.threshold,
});

/** A model's operating points, without the counts that they rest on. */
export function operatingPointsOf({
  operatingPoints,
}: Pick<ModelManifest, 'operatingPoints'>): OperatingPoints {
  const { smallFaces } = operatingPoints;
  return {
    ...thresholds(operatingPoints),
    ...(smallFaces && { smallFaces: { ...thresholds(smallFaces), below: smallFaces.below } }),
  };
}
