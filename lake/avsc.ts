/** The types of avsc, without its services and container files: they would be a quarter of the transform's bundle. */
import avroTypes from 'avsc/lib/types.js';

export { avroTypes };
