import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{AssumeRoleCommand,STSClient}from"./chunk-KBCP2ZT6.js";import"./chunk-TBVMT6XL.js";import"./chunk-2DBJB5KL.js";import"./chunk-HYPXLYPL.js";import"./chunk-FU4SCZN5.js";import"./chunk-P3L3OJW5.js";export{AssumeRoleCommand,STSClient};
