import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{credentialsTreatedAsExpired,credentialsWillNeedRefresh,defaultProvider}from"./chunk-W7HU5FV4.js";import"./chunk-EXGOZLKF.js";import"./chunk-Y6MB7R5V.js";import"./chunk-P3L3OJW5.js";export{credentialsTreatedAsExpired,credentialsWillNeedRefresh,defaultProvider};
