import { mount } from 'svelte';
import NotSecure from './NotSecure.svelte';
import Root from './Root.svelte';
import './theme.css';

mount(isSecureContext ? Root : NotSecure, { target: document.querySelector('#app')! });
