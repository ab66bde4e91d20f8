import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{AssumeRoleCommand,STSClient}from"./chunk-QSE6EXHD.js";import"./chunk-TBVMT6XL.js";import"./chunk-VVWOPITH.js";import"./chunk-JNYRUBWW.js";import"./chunk-HI7CAMIR.js";import"./chunk-P3L3OJW5.js";export{AssumeRoleCommand,STSClient};
