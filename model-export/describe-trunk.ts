/** A trunk in words, for reports. */
import type { BottleneckStages, TrunkConfig } from '../src/detector/config.ts';

/** As in "A ResNeXt (3-4-6-3 blocks, 32x4d)". */
export function describeTrunk(trunk: TrunkConfig): string {
  if (trunk.stem !== 'inverted') return resNext(trunk);
  const depths = trunk.stages.map(({ depth }) => depth);
  const channels = trunk.stages.map((stage) => stage.channels);
  const inverted = `inverted bottlenecks (${depths.join('-')} blocks of ${channels.join('-')} channels)`;
  return trunk.bottlenecks === undefined
    ? `trunk of ${inverted}`
    : `${resNext(trunk.bottlenecks)} behind ${inverted}`;
}

const resNext = ({ depths, cardinality, widthPerGroup }: BottleneckStages): string =>
  `ResNeXt (${depths.join('-')} blocks, ${cardinality}x${widthPerGroup}d)`;
