/** `npm start`: builds what is missing, serves it on localhost and prints the address. PORT chooses the port. */
import { join } from 'node:path';
import { ensureBuilt } from './build-stamp.ts';
import { root } from './root.ts';
import { startServer, type Server } from './serve.ts';

await ensureBuilt();
const wanted = Number(process.env.PORT ?? 4173);
const server = await startServer({ root: join(root, 'dist'), port: wanted }).catch(
  (error: NodeJS.ErrnoException): Promise<Server> => {
    if (error.code !== 'EADDRINUSE' || process.env.PORT !== undefined) throw error;
    return startServer({ root: join(root, 'dist') });
  },
);
console.log(`Clearframe is at ${server.url}  (Ctrl+C ends it)`);
