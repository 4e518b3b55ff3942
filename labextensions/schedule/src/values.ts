/** Parameters between the form's texts and the JSON that travels. */

import type { JSONValue, Parameter, ParameterType } from '@lodge/kit';

export type Parsed = { value: JSONValue } | { problem: Problem };

export type Problem = 'int' | 'float' | 'list' | 'dict';

/** The text that the form starts with; what has no JSON value starts empty. */
export function toText(parameter: Parameter, value = parameter.default): string {
  const { type } = parameter;
  if (value === null) {
    return '';
  }
  return type === 'str' && typeof value === 'string' ? value : JSON.stringify(value);
}

/** The value of a text, or what kind of value it should have been. */
export function parseText(type: ParameterType, text: string): Parsed {
  const trimmed = text.trim();
  switch (type) {
    case 'str':
      return { value: text };
    case 'bool':
      return { value: trimmed === 'true' };
    case 'int': {
      const value = Number(trimmed.replace(/_/g, ''));
      return /^[+-]?\d[\d_]*$/.test(trimmed) && Number.isSafeInteger(value)
        ? { value }
        : { problem: 'int' };
    }
    case 'float': {
      const value = Number(trimmed);
      return trimmed !== '' && Number.isFinite(value) ? { value } : { problem: 'float' };
    }
    case 'list': {
      const value = parseJson(trimmed);
      return Array.isArray(value) ? { value } : { problem: 'list' };
    }
    case 'dict': {
      const value = parseJson(trimmed);
      return typeof value === 'object' && value !== null && !Array.isArray(value)
        ? { value }
        : { problem: 'dict' };
    }
    case 'none':
    case 'other': {
      // Dates, paths and the like travel as texts; whether one fits is the server's to say.
      const value = parseJson(trimmed);
      return { value: value === undefined ? trimmed : value };
    }
  }
}

/**
 * The values that differ from the notebook's own, and the problems by name.
 *
 * What was left as it was isn't sent, so that the notebook's own line keeps deciding; except for
 * the names in `always`.
 */
export function changedValues(
  parameters: readonly Parameter[],
  texts: Readonly<Record<string, string>>,
  always: readonly string[] = []
): { values: Record<string, JSONValue>; problems: Record<string, Problem> } {
  const values: Record<string, JSONValue> = {};
  const problems: Record<string, Problem> = {};
  for (const parameter of parameters) {
    const text = texts[parameter.name];
    const same = text === toText(parameter) && !always.includes(parameter.name);
    if (text === undefined || same) {
      continue;
    }
    const parsed = parseText(parameter.type, text);
    if ('problem' in parsed) {
      problems[parameter.name] = parsed.problem;
    } else {
      values[parameter.name] = parsed.value;
    }
  }
  return { values, problems };
}

function parseJson(text: string): JSONValue | undefined {
  try {
    return JSON.parse(text) as JSONValue;
  } catch {
    return undefined;
  }
}
