import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{listPublicKeys}from"./chunk-ETDPPVIQ.js";import"./chunk-C3KZCJJO.js";import"./chunk-HGUWL2D5.js";import"./chunk-7SS57FIE.js";import"./chunk-GJOQUFJR.js";import"./chunk-6QZWMTPO.js";import"./chunk-JGPZPMH6.js";import"./chunk-P3L3OJW5.js";export{listPublicKeys};
