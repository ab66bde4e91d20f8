import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{listPublicKeys}from"./chunk-TLL5K5VP.js";import"./chunk-47H2JB7Q.js";import"./chunk-MSORVURO.js";import"./chunk-VQTTRSK2.js";import"./chunk-32FKTUXM.js";import"./chunk-56WJCN4S.js";import"./chunk-NHJCMCTT.js";import"./chunk-P3L3OJW5.js";export{listPublicKeys};
