/** A run's folder, `.cache/runs/NAME`: recipe, checkpoint, log. */
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { ParameterShape } from './flat-parameters.ts';
import { Optimizer } from './optimizer.ts';
import type { OptimizerState } from './optimizer.ts';
import { recipeFrom } from './recipe.ts';
import type { Recipe } from './recipe.ts';
import type { ScoredClip } from './validation.ts';

export interface Progress {
  /** Number of the stage, and within it: steps made and seconds spent on them. */
  stage: number;
  stepInStage: number;
  secondsInStage: number;
  /** Steps of all stages. */
  step: number;
  /** Best validation so far, by the figure that chooses checkpoints. */
  best: number;
}

export interface Checkpoint {
  layout: ParameterShape[];
  /** Statistics of batch normalisation and other weights without a gradient. */
  stateLayout: ParameterShape[];
  stateValues: Float32Array;
  optimizer: OptimizerState;
  progress: Progress;
}

/** A new run that begins with the averaged weights of another one. */
export function beginWith({ optimizer, ...network }: Checkpoint): Checkpoint {
  const progress = { stage: 0, stepInStage: 0, secondsInStage: 0, step: 0, best: 0 };
  return { ...network, optimizer: Optimizer.begin(optimizer.average), progress };
}

/** The name of weights with the steps that they were trained for, where they were. */
export const stepsOf = (name: string, { progress: { step } }: Checkpoint): string =>
  step === 0 ? name : `${name} (${step} steps)`;

/** What a finished run makes of the clips it is measured on: by frames alone, averaged, and by the whole network. */
export interface RunScores {
  frames: ScoredClip[];
  sequences: ScoredClip[];
}

/** Takes `RUN` or `RUN/CHECKPOINT` apart; the checkpoint is `last` when it names none. */
function partsOf(name: string): { run: string; which: string } {
  const [run = '', which = 'last'] = name.split('/');
  return { run, which };
}

/** @param name `RUN` or `RUN/CHECKPOINT`. @throws when there is no such checkpoint, or no recipe */
export function findCheckpoint(
  project: string,
  name: string,
): { folder: RunFolder; recipe: Recipe; checkpoint: Checkpoint } {
  const { run, which } = partsOf(name);
  const folder = new RunFolder(project, run);
  if (!existsSync(folder.path)) throw new Error(`there is no run "${run}" in ${dirname(folder.path)}`);
  const recipe = folder.readRecipe();
  const checkpoint = folder.readCheckpoint(which);
  if (recipe === undefined || checkpoint === undefined)
    throw new Error(`${folder.path} has no recipe or no checkpoint "${which}"`);
  return { folder, recipe, checkpoint };
}

/** Of the weights that a recipe begins with, and all that those began with, the first that have seen training clips. */
export function firstTrained(project: string, startFrom: string): string | undefined {
  const { folder, checkpoint } = findCheckpoint(project, startFrom);
  const all = [stepsOf(startFrom, checkpoint), ...folder.history(project)];
  return all.find((name) => /\((?!0 )\w+ steps\)/.test(name));
}

const VECTORS = ['weights', 'average', 'first', 'second'] as const;

export class RunFolder {
  readonly path: string;

  constructor(project: string, name: string) {
    this.path = join(project, '.cache', 'runs', name);
  }

  file(name: string): string {
    return join(this.path, name);
  }

  /** Where a file is written: the folder comes with the first one, so that a mistyped name leaves none. */
  fileToWrite(name: string): string {
    mkdirSync(this.path, { recursive: true });
    return this.file(name);
  }

  readRecipe(): Recipe | undefined {
    const file = this.file('recipe.json');
    return existsSync(file)
      ? recipeFrom(JSON.parse(readFileSync(file, 'utf8')) as Partial<Recipe>)
      : undefined;
  }

  writeRecipe(recipe: Recipe): void {
    writeFileSync(this.fileToWrite('recipe.json'), JSON.stringify(recipe, null, 2));
  }

  /** Keeps the recipe of a run that is made at once. @throws when there is a run of this name: its weights may have taken hours */
  beginNew(recipe: Recipe): void {
    if (this.readRecipe() !== undefined)
      throw new Error(`${this.path} is a run already: choose another name, or delete it`);
    this.writeRecipe(recipe);
  }

  /** Keeps the recipe that a run begins with. @throws when it was begun with another one */
  begin(recipe: Recipe): void {
    const known = this.readRecipe();
    if (known !== undefined && !isDeepStrictEqual(known, recipeFrom(recipe)))
      throw new Error(`${this.path} was begun with another recipe: choose another run, or delete this one`);
    this.writeRecipe(recipe);
  }

  /** What this run began with, the latest first: names of runs with their steps, and where the first one's weights came from. */
  history(project: string): string[] {
    const { startFrom, origin = [] } = this.readRecipe() ?? {};
    if (startFrom === undefined) return [...origin];
    const { run, which } = partsOf(startFrom);
    const folder = new RunFolder(project, run);
    const checkpoint = folder.readCheckpoint(which);
    return [...origin, checkpoint ? stepsOf(startFrom, checkpoint) : startFrom, ...folder.history(project)];
  }

  /** Undefined until the run has finished. */
  readScores(): RunScores | undefined {
    const file = this.file('scores.json');
    return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as RunScores) : undefined;
  }

  writeScores(scores: RunScores): void {
    writeFileSync(this.fileToWrite('scores.json'), JSON.stringify(scores));
  }

  /** One JSON object per line, for the plot. */
  log(entry: Record<string, unknown>): void {
    appendFileSync(this.fileToWrite('log.jsonl'), `${JSON.stringify(entry)}\n`);
  }

  /** Written beside the old one and then put in its place: a run that dies while writing loses nothing. */
  writeCheckpoint(name: string, checkpoint: Checkpoint): void {
    const { layout, stateLayout, stateValues, optimizer, progress } = checkpoint;
    const head = { layout, stateLayout, progress, optimizerSteps: optimizer.steps };
    const text = Buffer.from(JSON.stringify(head));
    const length = Buffer.alloc(4);
    length.writeUInt32LE(text.length);
    const arrays = [...VECTORS.map((vector) => optimizer[vector]), stateValues];
    const bytes = arrays.map((values) => Buffer.from(values.buffer, values.byteOffset, values.byteLength));
    writeFileSync(this.fileToWrite(`${name}.new`), Buffer.concat([length, text, ...bytes]));
    renameSync(this.file(`${name}.new`), this.file(`${name}.bin`));
  }

  readCheckpoint(name: string): Checkpoint | undefined {
    const file = this.file(`${name}.bin`);
    if (!existsSync(file)) return undefined;
    const bytes = readFileSync(file);
    const textEnd = 4 + bytes.readUInt32LE(0);
    const head = JSON.parse(bytes.subarray(4, textEnd).toString()) as Pick<
      Checkpoint,
      'layout' | 'stateLayout' | 'progress'
    > & { optimizerSteps: number };
    const count = (layout: ParameterShape[]): number =>
      layout.reduce((sum, { shape }) => sum + shape.reduce((product, side) => product * side, 1), 0);
    let at = textEnd;
    const take = (values: number): Float32Array => {
      const array = new Float32Array(new Uint8Array(bytes.subarray(at, at + 4 * values)).buffer);
      if (array.length !== values) throw new Error(`${file} is cut off`);
      at += 4 * values;
      return array;
    };
    const size = count(head.layout);
    const [weights, average, first, second] = [take(size), take(size), take(size), take(size)];
    return {
      layout: head.layout,
      stateLayout: head.stateLayout,
      stateValues: take(count(head.stateLayout)),
      optimizer: { weights, average, first, second, steps: head.optimizerSteps },
      progress: head.progress,
    };
  }
}
