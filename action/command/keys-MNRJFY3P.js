import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{listPublicKeys}from"./chunk-2G2BEIJV.js";import"./chunk-I45F4WRE.js";import"./chunk-P36WMEKI.js";import"./chunk-BYDFCFXJ.js";import"./chunk-LJ2QR4ID.js";import"./chunk-R5ZTYRLY.js";import"./chunk-VZGWWELC.js";import"./chunk-P3L3OJW5.js";export{listPublicKeys};
