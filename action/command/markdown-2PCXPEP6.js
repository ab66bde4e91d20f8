import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{renderMarkdown}from"./chunk-V246N4RT.js";import"./chunk-JNYRUBWW.js";import"./chunk-HI7CAMIR.js";import"./chunk-P3L3OJW5.js";export{renderMarkdown};
