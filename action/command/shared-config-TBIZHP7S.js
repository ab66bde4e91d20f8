import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{configuredBundle,ofProfile}from"./chunk-ZTWKC2BP.js";import"./chunk-32FKTUXM.js";import"./chunk-56WJCN4S.js";import"./chunk-NHJCMCTT.js";import"./chunk-P3L3OJW5.js";export{configuredBundle,ofProfile};
