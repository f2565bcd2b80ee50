user_pref("security.default_personal_cert", "Ask Every Time");
user_pref("security.default_personal_cert", "Select Automatically");
