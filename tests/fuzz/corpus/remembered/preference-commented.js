// user_pref("security.default_personal_cert", "Select Automatically");
	 user_pref("security.default_personal_cert", "x");
#pref("security.default_personal_cert", "y");
