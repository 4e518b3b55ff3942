import type { ITranslator, TranslationBundle } from '@jupyterlab/translation';
import { nullTranslator } from '@jupyterlab/translation';

/** The catalogue of every Lodge plugin. */
export function loadWords(translator: ITranslator | null): TranslationBundle {
  return (translator ?? nullTranslator).load('lodge');
}
