/**
 * Lodge's plugins, one package each, in one prebuilt extension: one build, one file to load.
 *
 * A package of its own for each further subject: add it here and to the dependencies.
 */
import connection from '@lodge/connection';
import schedule from '@lodge/schedule';
import share from '@lodge/share';
import spark from '@lodge/spark';
import sql from '@lodge/sql';
import theme from '@lodge/theme';

export default [...theme, ...connection, ...share, ...schedule, ...spark, ...sql];
