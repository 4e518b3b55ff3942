import type { TranslationBundle } from '@jupyterlab/translation';
import { Field } from '@lodge/kit';
import React from 'react';

/** The IANA name of the zone that the browser is in. */
export function browserTimezone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
}

interface TimezoneFieldProps {
  timezone: string;
  onChange: (timezone: string) => void;
  trans: TranslationBundle;
}

export function TimezoneField({
  timezone,
  onChange,
  trans
}: TimezoneFieldProps): React.JSX.Element {
  const zones = React.useMemo(
    () => [...new Set(['UTC', browserTimezone(), ...Intl.supportedValuesOf('timeZone')])].sort(),
    []
  );
  return (
    <Field label={trans.__('Time zone')}>
      {ids => (
        <select
          {...ids}
          className="lodge-Input"
          data-lodge="schedule-timezone"
          value={timezone}
          onChange={event => onChange(event.target.value)}
        >
          {zones.map(zone => (
            <option key={zone} value={zone}>
              {zone.replace(/_/g, ' ')}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
