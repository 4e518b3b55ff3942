/** When a job runs, as the form has it, and the cron expression it stands for. */

export type Rhythm = 'hour' | 'day' | 'weekday' | 'week' | 'month' | 'cron' | 'ask';

export interface When {
  rhythm: Rhythm;
  /** Of the hour, for `hour`. */
  minute: number;
  /** HH:MM, for every rhythm from `day` to `month`. */
  time: string;
  /** 0 is Sunday, for `week`. */
  weekday: number;
  /** Of the month, for `month`. */
  day: number;
  /** As typed, for `cron`. */
  expression: string;
}

export const EVERY_MORNING: When = {
  rhythm: 'day',
  minute: 0,
  time: '08:00',
  weekday: 1,
  day: 1,
  expression: ''
};

export const WHEN_ASKED: When = { ...EVERY_MORNING, rhythm: 'ask' };

/**
 * The cron expression with five fields; empty while the form is incomplete, null for a job that
 * runs when it is asked to.
 */
export function toCron(when: When): string | null {
  if (when.rhythm === 'ask') {
    return null;
  }
  if (when.rhythm === 'cron') {
    return when.expression.trim().replace(/\s+/g, ' ');
  }
  if (when.rhythm === 'hour') {
    return isWithin(when.minute, 0, 59) ? `${when.minute} * * * *` : '';
  }
  const match = /^(\d{1,2}):(\d{2})$/.exec(when.time);
  const hour = Number(match?.[1]);
  const minute = Number(match?.[2]);
  if (!match || !isWithin(hour, 0, 23) || !isWithin(minute, 0, 59)) {
    return '';
  }
  switch (when.rhythm) {
    case 'day':
      return `${minute} ${hour} * * *`;
    case 'weekday':
      return `${minute} ${hour} * * 1-5`;
    case 'week':
      return `${minute} ${hour} * * ${when.weekday}`;
    case 'month':
      return isWithin(when.day, 1, 31) ? `${minute} ${hour} ${when.day} * *` : '';
  }
}

const NUMBER = /^\d+$/;
const RHYTHMS: readonly [Rhythm, (hour: string, day: string, weekday: string) => boolean][] = [
  ['hour', (hour, day, weekday) => hour === '*' && day === '*' && weekday === '*'],
  ['day', (hour, day, weekday) => NUMBER.test(hour) && day === '*' && weekday === '*'],
  ['weekday', (hour, day, weekday) => NUMBER.test(hour) && day === '*' && weekday === '1-5'],
  ['week', (hour, day, weekday) => NUMBER.test(hour) && day === '*' && /^[0-6]$/.test(weekday)],
  ['month', (hour, day, weekday) => NUMBER.test(hour) && NUMBER.test(day) && weekday === '*']
];

/** The form for an expression: one of the rhythms where it is one, else the expression itself. */
export function fromCron(expression: string | null): When {
  if (expression === null) {
    return WHEN_ASKED;
  }
  const [minute, hour, day, month, weekday, ...more] = expression.trim().split(/\s+/);
  const plain = weekday !== undefined && !more.length && month === '*' && NUMBER.test(minute);
  const rhythm = plain && RHYTHMS.find(([, fits]) => fits(hour, day, weekday))?.[0];
  if (!rhythm) {
    return { ...EVERY_MORNING, rhythm: 'cron', expression };
  }
  const two = (value: string): string => value.padStart(2, '0');
  return {
    ...EVERY_MORNING,
    rhythm,
    minute: Number(minute),
    time: rhythm === 'hour' ? EVERY_MORNING.time : `${two(hour)}:${two(minute)}`,
    day: rhythm === 'month' ? Number(day) : EVERY_MORNING.day,
    weekday: rhythm === 'week' ? Number(weekday) : EVERY_MORNING.weekday
  };
}

function isWithin(value: number, low: number, high: number): boolean {
  return Number.isInteger(value) && value >= low && value <= high;
}
