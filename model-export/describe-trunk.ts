/** A trunk in words, for reports. */
import type { TrunkConfig } from '../src/detector/config.ts';

/** As in "A ResNeXt (3-4-6-3 blocks, 32x4d)". */
export function describeTrunk(trunk: TrunkConfig): string {
  if (trunk.stem !== 'inverted')
    return `ResNeXt (${trunk.depths.join('-')} blocks, ${trunk.cardinality}x${trunk.widthPerGroup}d)`;
  const depths = trunk.stages.map(({ depth }) => depth);
  const channels = trunk.stages.map((stage) => stage.channels);
  return `trunk of inverted bottlenecks (${depths.join('-')} blocks of ${channels.join('-')} channels)`;
}
