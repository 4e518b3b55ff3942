import type { TranslationBundle } from '@jupyterlab/translation';
import type { FieldIds } from '@lodge/kit';
import React from 'react';

import { parseTags } from './defaults';

interface TagsInputProps extends FieldIds {
  tags: string[];
  onChange: (tags: string[]) => void;
  trans: TranslationBundle;
}

/** Tags as chips before the input; Backspace in the empty input takes the last one away. */
export function TagsInput({ tags, onChange, trans, ...ids }: TagsInputProps): React.JSX.Element {
  const [text, setText] = React.useState('');

  const add = (typed: string): void => {
    const added = parseTags(typed);
    if (added.length) {
      onChange([...new Set([...tags, ...added])]);
    }
    setText('');
  };
  const type = (typed: string): void => (/[,，、]/.test(typed) ? add(typed) : setText(typed));
  const press = (event: React.KeyboardEvent): void => {
    if (event.nativeEvent.isComposing) {
      return;
    }
    if (event.key === 'Enter' && text.trim()) {
      event.preventDefault();
      add(text);
    } else if (event.key === 'Backspace' && !text) {
      onChange(tags.slice(0, -1));
    }
  };

  return (
    <div className="lodge-Tags">
      {tags.map(tag => (
        <span className="lodge-Tag" key={tag} data-lodge="share-tag">
          {tag}
          <button
            type="button"
            aria-label={trans.__('Remove tag %1', tag)}
            onClick={() => onChange(tags.filter(other => other !== tag))}
          >
            ×
          </button>
        </span>
      ))}
      <input
        {...ids}
        data-lodge="share-tags"
        value={text}
        onChange={event => type(event.target.value)}
        onKeyDown={press}
        onBlur={() => add(text)}
      />
    </div>
  );
}
