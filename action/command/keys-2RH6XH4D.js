import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{listPublicKeys}from"./chunk-BPBXRNAC.js";import"./chunk-IUYQ42JZ.js";import"./chunk-Z2MOGE2H.js";import"./chunk-HU3H6FAT.js";import"./chunk-UH3OECVM.js";import"./chunk-LQHJLMHW.js";import"./chunk-XHWTXREJ.js";import"./chunk-P3L3OJW5.js";export{listPublicKeys};
