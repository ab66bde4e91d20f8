import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{listPublicKeys}from"./chunk-O4UPVLPT.js";import"./chunk-TJDDJT3X.js";import"./chunk-I6DSCN7X.js";import"./chunk-UIZ2DCFX.js";import"./chunk-3MALPB36.js";import"./chunk-UV3WPPDR.js";import"./chunk-P3L3OJW5.js";export{listPublicKeys};
