import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{listPublicKeys}from"./chunk-FKLZOA35.js";import"./chunk-CLPT7TK7.js";import"./chunk-XT3PQWMP.js";import"./chunk-5KNGM4HQ.js";import"./chunk-O7GOYUJO.js";import"./chunk-ZTBCP355.js";import"./chunk-EAJBYA7O.js";import"./chunk-P3L3OJW5.js";export{listPublicKeys};
