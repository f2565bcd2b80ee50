user_pref("security.default_personal_cert", "security.default_personal_cert");
