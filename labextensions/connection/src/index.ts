import { connection } from './plugin';

export default [connection];
