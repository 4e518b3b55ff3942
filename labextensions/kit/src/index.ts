import '../style/index.css';

export * from './api';
export * from './controls';
export * from './flowDialog';
export * from './hub';
export * from './icons';
export * from './kernel';
export * from './saved';
export * from './spark';
export * from './sql';
export * from './time';
export * from './toolbar';
export * from './topLink';
export * from './types';
export * from './words';
