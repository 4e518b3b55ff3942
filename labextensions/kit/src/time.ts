/** Times in words, the same way everywhere: relative to read, absolute with the zone on hover. */

const STEPS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 365 * 86400],
  ['month', 30 * 86400],
  ['day', 86400],
  ['hour', 3600],
  ['minute', 60]
];

/** "3 minutes ago", "in 2 days"; "now" within three quarters of a minute. */
export function relativeTime(iso: string, language: string, now = Date.now()): string {
  const seconds = (Date.parse(iso) - now) / 1000;
  const format = new Intl.RelativeTimeFormat(tag(language), { numeric: 'auto' });
  for (const [unit, size] of STEPS) {
    if (Math.abs(seconds) >= size * 0.75) {
      return format.format(Math.round(seconds / size) || Math.sign(seconds), unit);
    }
  }
  return format.format(0, 'second');
}

/** "Tue, 3 Mar 2026, 08:00 CET", in the given zone or the browser's. */
export function absoluteTime(iso: string, language: string, timezone?: string): string {
  return new Intl.DateTimeFormat(tag(language), {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZone: timezone,
    timeZoneName: 'short'
  }).format(new Date(iso));
}

/** Seconds as "0.8 s", "14 s", "3 min 05 s", "2 h 04 min". */
export function duration(seconds: number): string {
  if (seconds < 10) {
    return `${Math.max(0, seconds).toFixed(1)} s`;
  }
  const whole = Math.round(seconds);
  if (whole < 60) {
    return `${whole} s`;
  }
  const two = (value: number): string => String(value).padStart(2, '0');
  if (whole < 3600) {
    return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  }
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
}

/** JupyterLab writes locales with an underscore, the browser's Intl with a dash. */
function tag(language: string): string | undefined {
  const dashed = language.replace('_', '-');
  try {
    return Intl.getCanonicalLocales(dashed)[0];
  } catch {
    return undefined;
  }
}
