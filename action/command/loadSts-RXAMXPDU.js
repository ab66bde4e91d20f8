import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{AssumeRoleCommand,STSClient}from"./chunk-66EOIG2K.js";import"./chunk-TBVMT6XL.js";import"./chunk-JJVO23I6.js";import"./chunk-KCBNE5ZM.js";import"./chunk-PBJGGG3S.js";import"./chunk-P3L3OJW5.js";export{AssumeRoleCommand,STSClient};
