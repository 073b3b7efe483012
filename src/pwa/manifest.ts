/** The web app manifest: what a system shows of the app before and after it is installed, and hands to it. */
import type { ManifestOptions } from 'vite-plugin-pwa';
import { LIVE_QUERY, SHARE_ACTION } from './addresses.ts';

/** Files that a desktop may open with the installed app; what is in them is looked at anyway. */
const VIDEO_EXTENSIONS = '.mp4 .m4v .mov .mkv .webm .avi .mpg .mpeg .ts .m2ts .mts .flv .wmv .3gp .ogv'.split(
  ' ',
);

const icon = { src: 'icon-192.png', sizes: '192x192', type: 'image/png' };

export const MANIFEST: Partial<ManifestOptions> = {
  name: 'Clearframe',
  short_name: 'Clearframe',
  description: 'Check on your own device whether the faces in a video show signs of manipulation.',
  display: 'standalone',
  start_url: './',
  background_color: '#f6f5f1',
  theme_color: '#f6f5f1',
  id: './',
  lang: 'en',
  categories: ['utilities', 'news', 'security'],
  shortcuts: [
    { name: 'Check a video', url: './', icons: [icon] },
    { name: 'Live check', url: `./${LIVE_QUERY}`, icons: [icon] },
  ],
  launch_handler: { client_mode: 'focus-existing' },
  // A saved record opens as the claim that it is.
  file_handlers: [{ action: './', accept: { 'video/*': VIDEO_EXTENSIONS, 'application/json': ['.json'] } }],
  share_target: {
    action: SHARE_ACTION,
    method: 'POST',
    enctype: 'multipart/form-data',
    params: { files: [{ name: 'videos', accept: ['video/*', 'application/json', '.json'] }] },
  },
  screenshots: [
    { src: 'screenshots/wide.png', sizes: '1280x800', type: 'image/png', form_factor: 'wide' },
    { src: 'screenshots/narrow.png', sizes: '390x844', type: 'image/png', form_factor: 'narrow' },
  ],
  icons: [
    icon,
    { src: 'icon-512.png', sizes: '512x512', type: 'image/png' },
    { src: 'icon-maskable.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
    { src: 'icon.svg', sizes: 'any', type: 'image/svg+xml' },
  ],
};
