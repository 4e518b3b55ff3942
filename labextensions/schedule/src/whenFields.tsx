import type { TranslationBundle } from '@jupyterlab/translation';
import { Field, absoluteTime, relativeTime } from '@lodge/kit';
import React from 'react';

import type { ExplanationState } from './useExplanation';
import type { Rhythm, When } from './when';
import { toCron } from './when';

interface WhenFieldsProps {
  when: When;
  onChange: (when: When) => void;
  trans: TranslationBundle;
  language: string;
}

/** How often, and at which time; or a cron expression. */
export function WhenFields({
  when,
  onChange,
  trans,
  language
}: WhenFieldsProps): React.JSX.Element {
  const rhythms: [Rhythm, string][] = [
    ['hour', trans.__('Every hour')],
    ['day', trans.__('Every day')],
    ['weekday', trans.__('Every weekday, Monday to Friday')],
    ['week', trans.__('Every week')],
    ['month', trans.__('Every month')],
    ['cron', trans.__('Cron expression')],
    ['ask', trans.__('Only when I ask')]
  ];
  const change = (part: Partial<When>): void => onChange({ ...when, ...part });
  const choose = (rhythm: Rhythm): void =>
    // What was chosen becomes the expression to start from.
    change(rhythm === 'cron' ? { rhythm, expression: toCron(when) ?? '' } : { rhythm });

  return (
    <div className="lodge-When">
      <Field label={trans.__('When')}>
        {ids => (
          <select
            {...ids}
            className="lodge-Input"
            data-lodge="schedule-rhythm"
            value={when.rhythm}
            onChange={event => choose(event.target.value as Rhythm)}
          >
            {rhythms.map(([rhythm, words]) => (
              <option key={rhythm} value={rhythm}>
                {words}
              </option>
            ))}
          </select>
        )}
      </Field>
      {when.rhythm === 'hour' && (
        <Field label={trans.__('At minute')}>
          {ids => (
            <input
              {...ids}
              type="number"
              min={0}
              max={59}
              className="lodge-Input"
              data-lodge="schedule-minute"
              value={Number.isNaN(when.minute) ? '' : when.minute}
              onChange={event => change({ minute: event.target.valueAsNumber })}
            />
          )}
        </Field>
      )}
      {when.rhythm === 'week' && (
        <Field label={trans.__('On')}>
          {ids => (
            <select
              {...ids}
              className="lodge-Input"
              data-lodge="schedule-weekday"
              value={when.weekday}
              onChange={event => change({ weekday: Number(event.target.value) })}
            >
              {[1, 2, 3, 4, 5, 6, 0].map(weekday => (
                <option key={weekday} value={weekday}>
                  {weekdayName(weekday, language)}
                </option>
              ))}
            </select>
          )}
        </Field>
      )}
      {when.rhythm === 'month' && (
        <Field label={trans.__('On day')}>
          {ids => (
            <input
              {...ids}
              type="number"
              min={1}
              max={31}
              className="lodge-Input"
              data-lodge="schedule-day"
              value={Number.isNaN(when.day) ? '' : when.day}
              onChange={event => change({ day: event.target.valueAsNumber })}
            />
          )}
        </Field>
      )}
      {['day', 'weekday', 'week', 'month'].includes(when.rhythm) && (
        <Field label={trans.__('At')}>
          {ids => (
            <input
              {...ids}
              type="time"
              className="lodge-Input"
              data-lodge="schedule-time"
              value={when.time}
              onChange={event => change({ time: event.target.value })}
            />
          )}
        </Field>
      )}
      {when.rhythm === 'cron' && (
        <Field label={trans.__('Expression')} hint={trans.__('minute, hour, day, month, weekday')}>
          {ids => (
            <input
              {...ids}
              className="lodge-Input lodge-mod-code"
              data-lodge="schedule-cron"
              value={when.expression}
              placeholder="0 8 * * 1-5"
              spellCheck={false}
              autoComplete="off"
              onChange={event => change({ expression: event.target.value })}
            />
          )}
        </Field>
      )}
    </div>
  );
}

interface ExplanationProps {
  explanation: ExplanationState;
  trans: TranslationBundle;
  language: string;
}

/** The expression in words and its next times, as the server understands it. */
export function Explanation({ explanation, trans, language }: ExplanationProps): React.JSX.Element {
  const answer =
    explanation.state === 'known'
      ? explanation.answer
      : explanation.state === 'asking'
        ? explanation.last
        : null;
  return (
    <div
      className="lodge-Explanation"
      aria-live="polite"
      aria-busy={explanation.state === 'asking'}
      data-lodge="schedule-explanation"
      data-lodge-state={explanation.state}
    >
      {explanation.state === 'error' && (
        <div className="lodge-Field-error" data-lodge="schedule-cron-error">
          {explanation.message}
        </div>
      )}
      {explanation.state === 'empty' && (
        <div className="lodge-Field-error">{trans.__('Fill in when it should run.')}</div>
      )}
      {answer && (
        <>
          <div data-lodge="schedule-words">{answer.description}</div>
          <ol className="lodge-Explanation-times" aria-label={trans.__('The next times')}>
            {answer.next.map(time => (
              <li key={time}>
                <time dateTime={time} data-lodge="schedule-next">
                  {absoluteTime(time, language, answer.timezone)}
                </time>{' '}
                <span className="lodge-Field-hint">{relativeTime(time, language)}</span>
              </li>
            ))}
          </ol>
        </>
      )}
    </div>
  );
}

function weekdayName(weekday: number, language: string): string {
  // The fourth of January 1970 was a Sunday.
  const date = new Date(Date.UTC(1970, 0, 4 + weekday));
  return new Intl.DateTimeFormat(language.replace('_', '-'), {
    weekday: 'long',
    timeZone: 'UTC'
  }).format(date);
}
