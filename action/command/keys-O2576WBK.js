import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{listPublicKeys}from"./chunk-G6XISHRY.js";import"./chunk-7EACX2NS.js";import"./chunk-VD3OWI2P.js";import"./chunk-2DBJB5KL.js";import"./chunk-HYPXLYPL.js";import"./chunk-FU4SCZN5.js";import"./chunk-P3L3OJW5.js";export{listPublicKeys};
