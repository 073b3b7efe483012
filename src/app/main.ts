import { mount } from 'svelte';
import Root from './Root.svelte';
import './theme.css';

mount(Root, { target: document.querySelector('#app')! });
