import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{AssumeRoleCommand,STSClient}from"./chunk-LXVOAR32.js";import"./chunk-TBVMT6XL.js";import"./chunk-JJOM5XHV.js";import"./chunk-UOGMIC7W.js";import"./chunk-P4VJPDHN.js";import"./chunk-P3L3OJW5.js";export{AssumeRoleCommand,STSClient};
