/** `npm start`: builds what is missing, serves it on localhost and prints the address. PORT chooses the port. */
import { join } from 'node:path';
import { ensureBuilt } from './build-stamp.ts';
import { refuse } from './refuse.ts';
import { root } from './root.ts';
import { startServer, type Server } from './serve.ts';

const wanted = Number(process.env.PORT ?? 4173);
if (!(Number.isInteger(wanted) && wanted >= 0 && wanted < 65536))
  refuse(`PORT is "${process.env.PORT}", not a number from 0 to 65535.`);
await ensureBuilt();
const server = await startServer({ root: join(root, 'dist'), port: wanted }).catch(
  (error: NodeJS.ErrnoException): Promise<Server> => {
    if (error.code === 'EADDRINUSE' && process.env.PORT !== undefined)
      refuse(`Port ${wanted} is in use: choose another PORT, or leave it out.`);
    if (error.code !== 'EADDRINUSE') throw error;
    return startServer({ root: join(root, 'dist') });
  },
);
console.log(`Clearframe is at ${server.url}  (Ctrl+C ends it)`);
