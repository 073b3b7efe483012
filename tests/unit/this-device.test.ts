import { expect, it } from 'vitest';
import { isThisDevice } from '../../src/app/this-device.ts';

it.each(['http://localhost:4173/', 'http://127.0.0.1/', 'http://[::1]:80/', 'http://app.localhost/'])(
  '%s leads to whatever device it is opened on',
  (address) => expect(isThisDevice(new URL(address).hostname)).toBe(true),
);

it.each(['https://example.org/', 'https://localhost.example.org/', 'https://127.example.org/'])(
  '%s leads to one place',
  (address) => expect(isThisDevice(new URL(address).hostname)).toBe(false),
);
