/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Run inside Thunderbird by the marionette script, as the body of an asynchronous function: log in to
 * the profile's one IMAP account and open its inbox. Returns the subjects of the messages there, or
 * the code with which the connection was refused.
 */
const { MailServices } = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
const server = MailServices.accounts.allServers.find(s => s.type == "imap");
/* The server takes any. */
server.password = "anything";

/* Start something that the account's connection does; wait until it is done or refused. */
function finished(start) {
	return new Promise((resolve, reject) => {
		start({
			QueryInterface: ChromeUtils.generateQI(["nsIUrlListener"]),
			OnStartRunningUrl() {},
			OnStopRunningUrl(url, status) {
				if (Components.isSuccessCode(status)) {
					resolve();
					return;
				}
				const security = url.QueryInterface(Ci.nsIMsgMailNewsUrl).failedSecInfo;
				reject(security?.errorCodeString || "0x" + (status >>> 0).toString(16));
			},
		});
	});
}

try {
	await finished(listener => server.verifyLogon(listener, null));
	/* Which folders there are is told a little later; 10 s at most. */
	server.performExpand(null);
	let inbox = null;
	for (let i = 0; i < 100 && !inbox; i++) {
		await new Promise(resolve => setTimeout(resolve, 100));
		inbox = server.rootFolder.getFolderWithFlags(Ci.nsMsgFolderFlags.Inbox);
	}
	if (!inbox) {
		return "no inbox";
	}
	inbox.QueryInterface(Ci.nsIMsgImapMailFolder);
	await finished(listener => inbox.updateFolderWithListener(null, listener));
	return "read: " + [...inbox.messages].map(m => m.mime2DecodedSubject).join(", ");
} catch (e) {
	return String(e);
}
