/** Says what is wrong with a call of a command, and ends with exit code 1. */
export function refuse(...lines: string[]): never {
  console.error(lines.join('\n'));
  process.exit(1);
}
