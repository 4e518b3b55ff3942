import React from 'react';

/** True once `active` has lasted for the given time, so that short waits don't flash. */
export function useDelayed(active: boolean, milliseconds = 300): boolean {
  const [late, setLate] = React.useState(false);
  React.useEffect(() => {
    if (!active) {
      setLate(false);
      return;
    }
    const timer = setTimeout(() => setLate(true), milliseconds);
    return () => clearTimeout(timer);
  }, [active, milliseconds]);
  return late;
}

interface FieldProps {
  label: string;
  /** What is written below the control while there's no error. */
  hint?: React.ReactNode;
  error?: string | null;
  children: (ids: FieldIds) => React.ReactNode;
}

/** What ties a control to its label, hint and error. */
export interface FieldIds {
  id: string;
  'aria-describedby': string | undefined;
  'aria-invalid': boolean | undefined;
}

/** A label over a control, with the hint or the error below it. */
export function Field({ label, hint, error, children }: FieldProps): React.JSX.Element {
  const id = React.useId();
  const note = `${id}-note`;
  return (
    <div className="lodge-Field">
      <label className="lodge-Field-label" htmlFor={id}>
        {label}
      </label>
      {children({
        id,
        'aria-describedby': hint || error ? note : undefined,
        'aria-invalid': error ? true : undefined
      })}
      {error ? (
        <div className="lodge-Field-error" id={note} role="alert">
          {error}
        </div>
      ) : hint ? (
        <div className="lodge-Field-hint" id={note}>
          {hint}
        </div>
      ) : null}
    </div>
  );
}

interface NoticeProps {
  kind: 'error' | 'warning' | 'info' | 'success';
  name?: string;
  children: React.ReactNode;
}

/** A boxed sentence; errors are read out at once. */
export function Notice({ kind, name, children }: NoticeProps): React.JSX.Element {
  return (
    <div
      className={`lodge-Notice lodge-mod-${kind}`}
      role={kind === 'error' ? 'alert' : 'status'}
      data-lodge={name}
    >
      {children}
    </div>
  );
}

interface ButtonProps extends React.ButtonHTMLAttributes<HTMLButtonElement> {
  kind?: 'accept' | 'reject' | 'warn';
  busy?: boolean;
}

/** A button as in JupyterLab's dialogs; while busy it shows a spinner and can't be pressed again. */
export function Button({
  kind = 'reject',
  busy = false,
  children,
  disabled,
  ...rest
}: ButtonProps): React.JSX.Element {
  return (
    <button
      type="button"
      {...rest}
      className={`jp-Dialog-button jp-mod-styled jp-mod-${kind} lodge-Button`}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
    >
      {busy && <span className="lodge-Spinner" aria-hidden="true" />}
      {children}
    </button>
  );
}
