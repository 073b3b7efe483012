/** Looks at a page as axe does, and at what must hold of every page beside that. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** WCAG 2.2 AA, and what axe's authors advise beside it. */
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

interface Axe {
  run(
    root: Document,
    options: object,
  ): Promise<{ violations: { id: string; nodes: { target: string[] }[] }[] }>;
}

/** What axe finds, as `rule: element` lines. */
export async function violations(page: Page): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(AXE);
  const found = await page.evaluate(
    async (tags) =>
      (
        await (globalThis as unknown as { axe: Axe }).axe.run(document, {
          runOnly: { type: 'tag', values: tags },
          resultTypes: ['violations'],
        })
      ).violations,
    TAGS,
  );
  return found.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`));
}

/** By how many pixels a page is too wide for each of these widths. */
export async function tooWide(page: Page, widths: readonly number[]): Promise<string[]> {
  const found: string[] = [];
  for (const width of widths) {
    await page.setViewportSize({ width, height: 800 });
    const overflow = (): Promise<number> =>
      page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    // What follows the size of something else (the video's picture) does so a moment later.
    for (let looks = 0; looks < 20 && (await overflow()) > 0; looks++)
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
    const pixels = await overflow();
    if (pixels > 0) found.push(`${pixels} pixels too wide for ${width}`);
  }
  return found;
}

/** Texts of charts that lie over one another. */
export function covered(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll('svg')].flatMap((chart) => {
      const texts = [...chart.querySelectorAll('text')].map((text) => ({
        text: text.textContent,
        box: text.getBoundingClientRect(),
      }));
      return texts.flatMap(({ text, box }, index) =>
        texts
          .slice(index + 1)
          .filter(
            ({ box: other }) =>
              Math.min(box.right, other.right) - Math.max(box.left, other.left) > 1 &&
              Math.min(box.bottom, other.bottom) - Math.max(box.top, other.top) > 1,
          )
          .map((other) => `“${text}” and “${other.text}” lie over one another`),
      );
    }),
  );
}

/** Words of a verdict that do not fit a line. */
export function brokenWords(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll('.verdict h1')].flatMap(({ firstChild: text }) => {
      const words = [...(text?.textContent ?? '').matchAll(/\S+/g)];
      return words
        .filter(({ index, 0: word }) => {
          const range = document.createRange();
          range.setStart(text!, index);
          range.setEnd(text!, index + word.length);
          return new Set([...range.getClientRects()].map(({ top }) => top)).size > 1;
        })
        .map(([word]) => `“${word}” is broken`);
    }),
  );
}

/** Style rules that move something although the person wants no motion. */
export function motions(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const moving = (rules: Iterable<CSSRule>): string[] =>
      [...rules].flatMap((rule) => {
        if (rule instanceof CSSMediaRule)
          return matchMedia(rule.conditionText).matches ? moving(rule.cssRules) : [];
        if (rule instanceof CSSKeyframesRule) return [rule.cssText];
        if (!(rule instanceof CSSStyleRule)) return [];
        const { transition, animation, scrollBehavior } = rule.style;
        return transition || animation || scrollBehavior === 'smooth' ? [rule.cssText] : [];
      });
    return [...document.styleSheets].flatMap((sheet) => moving(sheet.cssRules));
  });
}
