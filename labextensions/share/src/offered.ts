import type { OfferedFile, OfferedFiles } from '@lodge/kit';

const UNITS: readonly [string, number][] = [
  ['MiB', 1024 * 1024],
  ['KiB', 1024]
];

/** A size for a person: 20 MiB, 1.5 KiB, 12 B. */
export function sizeText(bytes: number): string {
  for (const [unit, factor] of UNITS) {
    if (bytes >= factor) {
      return `${(bytes / factor).toFixed(1).replace(/\.0$/, '')} ${unit}`;
    }
  }
  return `${bytes} B`;
}

/** Those that go along. */
export function ticked(items: readonly OfferedFile[]): OfferedFile[] {
  return items.filter(one => one.ticked && one.state !== 'gone');
}

/** Bytes of those that go along. */
export function together(items: readonly OfferedFile[]): number {
  return ticked(items).reduce((sum, one) => sum + one.size, 0);
}

/** Whether those that go along are more than may. */
export function tooLarge({ items, limits }: OfferedFiles): boolean {
  const chosen = ticked(items);
  return (
    together(items) > limits.all ||
    chosen.length > limits.most ||
    chosen.some(one => one.size > limits.each)
  );
}

/** Those that a later version offers without a tick. */
export function leftOut(items: readonly OfferedFile[]): string[] {
  return items.filter(one => !one.ticked && one.state !== 'gone').map(one => one.name);
}

/** What differs from the files of the version before, by name. */
export function differing(offered: OfferedFiles): string[] {
  return offered.items
    .filter(one => {
      const before = one.state !== 'new';
      const now = one.ticked && one.state !== 'gone';
      return before !== now || (now && one.state === 'changed');
    })
    .map(one => one.name);
}

/** The list with a file that was named by hand, ticked, once. */
export function added(items: readonly OfferedFile[], file: OfferedFile): OfferedFile[] {
  const known = items.find(one => one.name === file.name && one.state !== 'gone');
  if (known) {
    return items.map(one => (one === known ? { ...one, ticked: true } : one));
  }
  return [...items.filter(one => one.name !== file.name), { ...file, ticked: true }];
}
