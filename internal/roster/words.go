package roster

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/bring-aboard/usher/pkg/schema"
)

// meaning is a meaning of headers, with the words for it in many languages. No word has two meanings.
type meaning struct {
	name string
	// of is the name of the meaning whose fields it matches, "" for its name; label is the type of the objects in
	// a list. A meaning with a label that is not plain matches no single field.
	of, label string
	plain     bool
	// inverted reports that it is the opposite of a field.
	inverted bool
	words    string
}

// meanings returns the meanings of headers. The words are those of English, LDAP, SCIM and the exports of
// directories and human-resources systems, and of German, French, Spanish, Italian, Portuguese, Dutch, Polish,
// Czech, Hungarian, Romanian, Swedish, Danish, Norwegian, Finnish, Turkish, Russian, Ukrainian, Greek, Japanese,
// Chinese and Korean.
func meanings() []meaning {
	return []meaning{
		{name: "email", words: "email, emails, mail, e-mail address, email addresses, mail address, email id, primary email, primary email address, main email, emailaddress, email address login, contact email, user email, smtp, primary smtp address, primarysmtpaddress, " +
			"E-Mail-Adresse, E-Mail-Adressen, Mailadresse, courriel, adresse email, adresse mail, adresse e-mail, adresse électronique, adresse de courriel, mél, correo, correo electrónico, dirección de correo electrónico, email corporativo, " +
			"posta elettronica, indirizzo email, indirizzo di posta elettronica, indirizzo e-mail, correio eletrônico, correio eletrónico, endereço de e-mail, endereço de email, e-mailadres, mailadres, adres e-mail, adres email, poczta elektroniczna, " +
			"e-mailová adresa, e-mail cím, email cím, adresă de e-mail, adresă email, e-postadress, e-post, e-mailadresse, epost, epostadresse, sähköposti, sähköpostiosoite, e-posta, e-posta adresi, eposta, " +
			"электронная почта, эл. почта, почта, адрес электронной почты, имейл, електронна пошта, ηλεκτρονικό ταχυδρομείο, ηλεκτρονική διεύθυνση, " +
			"メールアドレス, メール, eメール, 電子メール, 電子メールアドレス, Eメールアドレス, 邮箱, 电子邮件, 电子邮箱, 邮件地址, 電子郵件, 電郵, 信箱, 이메일, 이메일 주소, 전자메일"},
		{name: "work email", of: "email", label: "work", plain: true, words: "work email, work email address, work e-mail, business email, business email address, company email, corporate email, office email, official email, professional email, organization email, " +
			"geschäftliche E-Mail, geschäftliche E-Mail-Adresse, dienstliche E-Mail, E-Mail geschäftlich, E-Mail dienstlich, Arbeits-E-Mail, email professionnel, e-mail professionnelle, adresse email professionnelle, courriel professionnel, correo de trabajo, correo corporativo, correo laboral, " +
			"email aziendale, e-mail di lavoro, email de trabalho, e-mail profissional, zakelijk e-mailadres, werk e-mail, e-mail służbowy, firemní e-mail, pracovní e-mail, munkahelyi e-mail, jobbmejl, arbejdsmail, jobb e-post, työsähköposti, iş e-postası, рабочая почта, рабочий email, 会社メール, 会社メールアドレス, 工作邮箱, 公司邮箱, 회사 이메일"},
		{name: "home email", of: "email", label: "home", words: "home email, home email address, personal email, personal email address, private email, private E-Mail, private E-Mail-Adresse, E-Mail privat, email personnel, adresse email personnelle, courriel personnel, correo personal, email personale, e-mail pessoal, privé e-mail, e-mail prywatny, soukromý e-mail, личная почта, 個人メールアドレス, 个人邮箱, 개인 이메일"},
		{name: "other email", of: "email", label: "other", words: "other email, secondary email, second email, alternate email, alternative email, additional email, email 2, email2, e-mail 2, secondaryemail, zweite E-Mail, weitere E-Mail, email secondaire, correo secundario, email secondaria"},
		{name: "given name", words: "first name, given name, forename, first, given, givenname, firstname, name first, name given, fname, legal first name, first name legal, first names, given names, christian name, " +
			"Vorname, Vornamen, Rufname, prénom, prénoms, nombre, nombres, primer nombre, nombre de pila, nome, nome proprio, primeiro nome, nome próprio, voornaam, voornamen, roepnaam, imię, imiona, jméno, křestní jméno, keresztnév, utónév, prenume, " +
			"förnamn, tilltalsnamn, fornavn, etunimi, etunimet, ad, adı, isim, имя, ім'я, όνομα, μικρό όνομα, 名, 名前（名）, 名（漢字）, ファーストネーム, 下の名前, 名字 (名), 이름, 名稱 (名), 名（first name）, given name (latin)"},
		{name: "family name", words: "last name, surname, family name, last, family, lastname, familyname, name last, name family, lname, sn, second name, legal last name, last name legal, last names, " +
			"Nachname, Nachnamen, Familienname, Zuname, nom, nom de famille, nom d'usage, apellido, apellidos, primer apellido, cognome, sobrenome, apelido, último nome, achternaam, familienaam, nazwisko, příjmení, vezetéknév, családnév, nume de familie, " +
			"efternamn, efternavn, etternavn, sukunimi, soyad, soyadı, soyisim, фамилия, прізвище, επώνυμο, επίθετο, 姓, 苗字, 名字, 姓（漢字）, ラストネーム, 성, 姓氏"},
		{name: "middle name", words: "middle name, name middle, middlename, second given name, middle initial, middle names, deuxième prénom, zweiter Vorname, segundo nombre, secondo nome, nome do meio, tussenvoegsel naam, drugie imię, отчество, по батькові, ミドルネーム, 中间名"},
		{name: "display name", words: "display name, name display, displayname, displayed name, name displayed, nom affiché, nom d'affichage, Anzeigename, nombre para mostrar, nombre visible, nome visualizzato, nome di visualizzazione, nome de exibição, nome a apresentar, weergavenaam, schermnaam, nazwa wyświetlana, zobrazované jméno, zobrazovaný název, megjelenítendő név, megjelenített név, " +
			"nume afișat, visningsnamn, visningsnavn, vist navn, näyttönimi, görünen ad, отображаемое имя, відображуване ім'я, εμφανιζόμενο όνομα, 表示名, 显示名称, 显示名, 顯示名稱, 표시 이름, cn, common name, preferred display name"},
		{name: "full name", words: "full name, fullname, complete name, formatted name, name formatted, employee name, legal name, nom complet, vollständiger Name, nombre completo, nombre y apellidos, nome completo, volledige naam, imię i nazwisko, celé jméno, jméno a příjmení, teljes név, nume complet, fullständigt namn, fulde navn, fullt navn, koko nimi, ad soyad, " +
			"полное имя, ФИО, повне ім'я, ПІБ, ονοματεπώνυμο, 氏名, 名前, お名前, 姓名, 全名, 성명"},
		{name: "login", words: "user name, username, login, login name, loginname, login id, loginid, logon name, user login, user logon name, userlogonname, sign in name, sign-in name, sign-in id, user principal name, userprincipalname, UPN, account name, accountname, samaccountname, sam account name, uid, identity name, network id, " +
			"Benutzername, Anmeldename, Benutzerkennung, Login-Name, identifiant, nom d'utilisateur, identifiant de connexion, usuario, nombre de usuario, nome utente, nome de usuário, nome de utilizador, usuário, utilizador, gebruikersnaam, inlognaam, nazwa użytkownika, uživatelské jméno, felhasználónév, nume de utilizator, " +
			"användarnamn, brugernavn, brukernavn, käyttäjätunnus, käyttäjänimi, kullanıcı adı, имя пользователя, логин, ім'я користувача, логін, όνομα χρήστη, ユーザー名, ユーザ名, ログインid, ログイン名, ログイン, 用户名, 使用者名稱, 登录名, 账号, 帳號, 사용자 이름, 사용자명, 로그인 아이디"},
		{name: "nick name", words: "nick name, preferred first name, name first preferred, nickname, alias name, known as, preferred name, Spitzname, surnom, apodo, soprannome, apelido (nick), bijnaam, pseudonim, přezdívka, becenév, smeknamn, kaldenavn, kallenavn, lempinimi, takma ad, псевдоним, ник, ニックネーム, 昵称, 暱稱, 별명, 닉네임"},
		{name: "prefix", words: "honorific prefix, name title, honorificprefix, salutation, name prefix, prefix, courtesy title, Anrede, civilité, tratamiento, saludo, appellativo, tratamento, aanhef, tytuł grzecznościowy, oslovení, megszólítás, tilltal, tiltale, puhuttelu, hitap, обращение, προσφώνηση, 敬称, 称谓, 稱謂, 호칭"},
		{name: "suffix", words: "honorific suffix, honorificsuffix, name suffix, suffix, generational suffix, Namenszusatz, suffixe, sufijo, suffisso, sufixo, achtervoegsel"},
		{name: "phone", words: "phone, telephone, phone number, telephone number, phone numbers, phonenumber, phonenumbers, telephonenumber, primary phone, primary phone number, phone 1, phone1, tel, tel., tel no, contact number, contact phone, " +
			"Telefon, Telefonnummer, Telefonnr, Tel.-Nr., Rufnummer, téléphone, numéro de téléphone, n° de téléphone, teléfono, número de teléfono, telefono, numero di telefono, telefone, número de telefone, telefoonnummer, telefoon, numer telefonu, telefonní číslo, telefonszám, telefon number, număr de telefon, " +
			"telefonnr., puhelin, puhelinnumero, telefon numarası, телефон, номер телефона, номер телефону, τηλέφωνο, αριθμός τηλεφώνου, 電話番号, 電話, 电话, 电话号码, 電話號碼, 联系电话, 전화번호, 전화"},
		{name: "work phone", of: "phone", label: "work", plain: true, words: "work phone, work number, phone business number, work phone number, work telephone, business phone, business phones, businessphones, business telephone, office phone, office phone number, office number, company phone, desk phone, direct line, phone work, phone office, " +
			"Telefon geschäftlich, Diensttelefon, geschäftliche Telefonnummer, Telefon (geschäftlich), Durchwahl, téléphone professionnel, téléphone bureau, tél. pro, teléfono del trabajo, teléfono de oficina, teléfono laboral, telefono ufficio, telefono aziendale, telefone comercial, telefone do trabalho, werktelefoon, telefoon werk, telefon służbowy, telefon do práce, telefon práce, munkahelyi telefon, arbetstelefon, arbejdstelefon, jobbtelefon, työpuhelin, iş telefonu, рабочий телефон, 会社電話番号, 勤務先電話番号, 办公电话, 工作电话, 사무실 전화"},
		{name: "home phone", of: "phone", label: "home", words: "home phone, home phone number, homephone, home telephone, private phone, personal phone, phone home, Telefon privat, private Telefonnummer, téléphone personnel, téléphone domicile, teléfono particular, teléfono de casa, telefono casa, telefone residencial, privételefoon, telefon domowy, telefon domů, домашний телефон, 自宅電話番号, 家庭电话, 집 전화"},
		{name: "mobile", of: "phone", label: "mobile", plain: true, words: "mobile, mobile phone, mobilephone, mobile number, mobile phone number, mobile telephone, mobile no, cell, cell phone, cell number, cellphone, cellular, phone mobile, phone 2, phone2, personal mobile, work mobile, company mobile, " +
			"Handy, Handynummer, Mobil, Mobilnummer, Mobiltelefon, Mobilfunknummer, Mobilfunk, portable, téléphone portable, téléphone mobile, mobile professionnel, numéro de portable, móvil, teléfono móvil, celular, teléfono celular, número de móvil, cellulare, telefono cellulare, telemóvel, telefone celular, mobiel, mobiel nummer, mobiele telefoon, telefon komórkowy, komórka, mobilní telefon, mobilszám, mobiltelefonszám, telefon mobil, " +
			"mobilnummer, mobiltelefonnummer, matkapuhelin, cep telefonu, мобильный телефон, мобильный, сотовый телефон, мобільний телефон, κινητό, κινητό τηλέφωνο, 携帯電話, 携帯電話番号, 携帯番号, 携帯, 手机, 手机号, 手机号码, 移动电话, 手機, 行動電話, 휴대전화, 휴대폰, 휴대폰 번호"},
		{name: "fax", of: "phone", label: "fax", words: "fax, work fax, work fax number, fax number, facsimiletelephonenumber, Faxnummer, télécopie, numéro de fax, número de fax, numero di fax, faxnummer, факс, ファックス, 传真"},
		{name: "password", words: "password, passphrase, initial password, temporary password, temp password, new password, pwd, passwd, user password, userpassword, passwordprofile, mot de passe, mot de passe initial, Passwort, Kennwort, Initialpasswort, contraseña, clave de acceso, password iniziale, palavra-passe, senha, wachtwoord, hasło, heslo, jelszó, parolă, lösenord, adgangskode, passord, salasana, şifre, parola, пароль, κωδικός πρόσβασης, パスワード, 初期パスワード, 密码, 密碼, 비밀번호, 암호"},
		{name: "organization", words: "organization, organisation, org, organization id, organisation id, org id, organization name, organisation name, tenant, tenant id, Organisationsnummer, organizzazione, organización, organização, organisatie, organizace, szervezet, organizație, organisaatio, организация, організація, οργανισμός, 組織, 组织, 조직"},
		{name: "company", words: "company, company name, companyname, employer, legal entity, Firma, Firmenname, Unternehmen, société, entreprise, empresa, compañía, azienda, società, bedrijf, bedrijfsnaam, nazwa firmy, společnost, cég, cégnév, companie, företag, virksomhed, bedrift, yritys, şirket, компания, компанія, εταιρεία, 会社, 会社名, 公司, 公司名称, 회사, 회사명"},
		{name: "organizations", words: "organizations, organisations, orgs, organization roles, organisation roles, memberships"},
		{name: "role", words: "role, roles, role id, role ids, role name, user role, user roles, access role, rôle, rôles, Rolle, Rollen, Benutzerrolle, rol, ruolo, ruoli, papel, função de acesso, rola, role uživatele, szerepkör, rol utilizator, roll, roller, rooli, rol kullanıcı, роль, роли, ρόλος, ロール, 役割, 角色, 역할"},
		{name: "street", words: "line1, line 1, address 1, address1, address line 1, address line1, addressline1, street, street address, streetaddress, street 1, street1, addr 1, home address line 1, work address line 1, street name and number, house number and street, " +
			"Straße, Strasse, Straße und Hausnummer, Straße/Hausnummer, Straße Hausnr., Adresszeile 1, rue, adresse 1, adresse ligne 1, ligne d'adresse 1, numéro et rue, calle, dirección 1, calle y número, domicilio, via, indirizzo 1, indirizzo riga 1, rua, logradouro, endereço 1, morada, straat, straat en huisnummer, straatnaam, adresregel 1, ulica, ulica i numer, ulice, ulice a číslo, utca, utca házszám, strada, " +
			"gata, gatuadress, gade, vej, gadenavn, gate, gateadresse, katu, katuosoite, sokak, cadde, улица, вулиця, οδός, 住所1, 番地, 町名・番地, 住所（番地）, 街道, 街道地址, 详细地址, 街道地址1, 도로명 주소, 상세 주소"},
		{name: "line2", words: "line2, line 2, address 2, address2, address line 2, address line2, addressline2, street 2, street2, addr 2, adresse 2, adresse ligne 2, complément d'adresse, Adresszusatz, Adresszeile 2, apartment, suite, apartment number, dirección 2, indirizzo 2, complemento, endereço 2, adresregel 2, toevoeging, 住所2, 建物名, 地址2"},
		{name: "address", words: "address, addresses, postal address, postaladdress, mailing address, home address, work address, full address, Adresse, Anschrift, Postanschrift, adresse postale, adresse complète, dirección, dirección postal, indirizzo, indirizzo completo, endereço, adres, adres pocztowy, adresa, cím, lakcím, adress, postadress, postadresse, osoite, адрес, адреса, διεύθυνση, 住所, 地址, 주소"},
		{name: "city", words: "city, town, locality, l, city/town, town/city, city or town, suburb, work city, home city, ville, commune, localité, Ort, Stadt, Wohnort, ciudad, localidad, población, municipio, città, comune, località, cidade, localidade, plaats, woonplaats, stad, miasto, miejscowość, město, obec, város, település, oraș, localitate, ort, postort, by, poststed, kaupunki, postitoimipaikka, şehir, il, город, населённый пункт, місто, πόλη, 市区町村, 市町村, 市区, 城市, 市, 시, 도시, 시군구"},
		{name: "region", words: "province, region, county, st, state or province, state/province, state/province/region, province/state, stateorprovince, stateprovince, state or region, state/region, us state, home state, work state, région, département, Bundesland, Kanton, Provinz, provincia, comunidad autónoma, estado/provincia, regione, estado/província, provincie, województwo, kraj, megye, județ, län, landsdel, fylke, maakunta, eyalet, регион, область, край, область/край, περιφέρεια, νομός, 都道府県, 省份, 省, 도, 시/도"},
		{name: "country", words: "country, country code, countrycode, country/region, country or region, country name, co, country iso, iso country code, nation, pays, pays/région, code pays, Land, Land/Region, Ländercode, Staat, país, país/región, código de país, paese, paese/regione, nazione, país/região, land code, landcode, kraj/region, państwo, země, stát, ország, țară, land/region, maa, ülke, страна, країна, χώρα, 国, 国名, 国コード, 国/地域, 国家, 国家/地区, 國家, 국가"},
		{name: "postal code", words: "zip, zip code, zipcode, postal code, postalcode, post code, postcode, zip/postal code, postal/zip code, zip or postal code, zip/post code, PLZ, Postleitzahl, code postal, CP, código postal, CAP, codice postale, codice avviamento postale, CEP, código-postal, kod pocztowy, PSČ, poštovní směrovací číslo, irányítószám, cod poștal, postnummer, postnr, postinumero, posta kodu, почтовый индекс, индекс, поштовий індекс, ταχυδρομικός κώδικας, τ.κ., 郵便番号, 邮政编码, 邮编, 郵遞區號, 우편번호"},
		{name: "title", words: "job title, jobtitle, position, position title, job position, business title, businesstitle, job, job name, occupation, designation, employment title, title job, fonction, poste, intitulé du poste, titre du poste, Stellenbezeichnung, Berufsbezeichnung, Funktion, Jobtitel, Tätigkeit, cargo, puesto, puesto de trabajo, título del puesto, qualifica, posizione, mansione, titolo professionale, ruolo professionale, função, cargo profissional, título do cargo, functie, functietitel, functieomschrijving, stanowisko, stanowisko pracy, pracovní pozice, funkce, pozice, beosztás, munkakör, funcție, " +
			"befattning, jobbtitel, stilling, jobtitel, stillingsbetegnelse, stillingstittel, tehtävänimike, ammattinimike, unvan, iş unvanı, pozisyon, должность, посада, θέση εργασίας, τίτλος θέσης, 役職, 役職名, 肩書き, 職位, 职位, 职务, 职称, 직책, 직위, 직함"},
		{name: "department", words: "department, dept, department name, dept name, departmentname, service, département (service), Abteilung, Abteilungsname, Fachabteilung, departamento, dipartimento, reparto, ufficio, afdeling, dział, departament, oddělení, osztály, részleg, avdelning, afdeling navn, avdeling, osasto, departman, bölüm, отдел, департамент, подразделение, відділ, τμήμα, 部署, 部署名, 部門, 所属, 所属部署, 部门, 부서, 부서명"},
		{name: "division", words: "division, division name, business unit, Geschäftsbereich, Bereich, Sparte, división, divisione, divisão, divisie, dywizja, divize, divízió, divizie, yksikkö, дивизион, дивізіон, 事業部, 事业部, 사업부"},
		{name: "cost center", words: "cost center, cost centre, costcenter, cost center name, cost center code, Kostenstelle, Kostenstellennummer, centre de coût, centre de coûts, centro de coste, centro de costos, centro di costo, centro de custo, kostenplaats, centrum kosztów, MPK, nákladové středisko, költséghely, centru de cost, kostnadsställe, omkostningssted, kostnadssted, kustannuspaikka, masraf merkezi, место возникновения затрат, центр затрат, κέντρο κόστους, コストセンター, 原価センター, 成本中心, 비용 센터"},
		{name: "employee number", words: "employee number, employee identifier, employeenumber, employee no, employee no., employee id, employeeid, employee code, emp id, empid, emp no, staff number, staff id, staff no, personnel number, personnel no, payroll number, worker id, workerid, worker number, badge number, associate id, matricule, numéro d'employé, numéro de matricule, Personalnummer, Personal-Nr., Personalnr, Mitarbeiternummer, Mitarbeiter-ID, número de empleado, id de empleado, nº empleado, matricola, numero dipendente, id dipendente, número de funcionário, matrícula, personeelsnummer, medewerkernummer, " +
			"numer pracownika, numer ewidencyjny, osobní číslo, číslo zaměstnance, törzsszám, dolgozói azonosító, număr angajat, marcă, anställningsnummer, medarbejdernummer, ansattnummer, ansattnr, henkilönumero, työntekijänumero, sicil no, personel no, табельный номер, номер сотрудника, табельний номер, αριθμός μητρώου, 社員番号, 従業員番号, 社員id, 工号, 员工编号, 员工号, 사번, 직원번호, 사원번호"},
		{name: "user type", words: "user type, usertype, employee type, employeetype, employment type, worker type, workertype, contract type, type of employment, Beschäftigungsart, Mitarbeitertyp, type de contrat, tipo de empleado, tipo di contratto, tipo de contrato, type dienstverband, 雇用形態, 员工类型"},
		{name: "manager id", words: "manager id, managerid, manager value, id of manager, manager identifier"},
		{name: "ory id", words: "ory id, oryid, identity id, ory identity, ory identity id, kratos id"},
		{name: "external id", words: "external id, externalid, external key, external identifier, externe ID, identifiant externe, id externo, id esterno, идентификатор внешний, 外部id, 外部 id"},
		{name: "language", words: "language, languagelocalekey, preferred language, preferredlanguage, lang, user language, interface language, langue, langue préférée, Sprache, bevorzugte Sprache, idioma, idioma preferido, lingua, lingua preferita, língua, taal, voorkeurstaal, język, jazyk, nyelv, limbă, språk, sprog, kieli, dil, язык, мова, γλώσσα, 言語, 语言, 語言, 언어"},
		{name: "locale", words: "locale, localesidkey, Gebietsschema, paramètres régionaux, configuración regional, ロケール"},
		{name: "time zone", words: "time zone, timezonesidkey, timezone, tz, fuseau horaire, Zeitzone, zona horaria, fuso orario, fuso horário, tijdzone, strefa czasowa, časové pásmo, időzóna, fus orar, tidszon, tidszone, tidssone, aikavyöhyke, saat dilimi, часовой пояс, часовий пояс, ζώνη ώρας, タイムゾーン, 时区, 時區, 시간대"},
		{name: "active", words: "active, is active, isactive, enabled, is enabled, isenabled, account enabled, accountenabled, account status, accountstatus, user status, login enabled, status, actif, activé, aktiv, aktiviert, Konto aktiv, Kontostatus, activo, habilitado, attivo, abilitato, ativo, actief, ingeschakeld, aktywny, aktivní, aktív, activ, aktiverad, aktiveret, aktivert, aktiivinen, etkin, aktif, активен, активный, активний, ενεργός, 有効, ステータス, 状态, 启用, 狀態, 활성, 상태, 활성화"},
		{name: "blocked", of: "active", inverted: true, words: "block sign in, block sign-in, blocked, is blocked, suspended, is suspended, issuspended, disabled, is disabled, account disabled, login disabled, deactivated, gesperrt, deaktiviert, Konto gesperrt, Anmeldung blockieren, bloqué, désactivé, suspendu, bloqueado, deshabilitado, suspendido, bloccato, disabilitato, sospeso, desativado, geblokkeerd, uitgeschakeld, zablokowany, zablokovaný, letiltva, blocat, spärrad, spærret, sperret, estetty, engelli, заблокирован, заблокований, αποκλεισμένος, 無効, ブロック, 禁用, 停用, 차단"},
		{name: "photo", words: "photo, photos, photo url, picture, picture url, avatar, avatar url, profile picture, profile photo, Foto, Profilbild, image de profil"},
		{name: "profile url", words: "profile url, profileurl, profile page, profile address, profile link, Profilseite"},
		{name: "hash", words: "password hash, passwordhash, hashed password, hashedpassword, hash, password digest, Passwort-Hash, hash du mot de passe"},
		{name: "state", words: "state, Status (state), estado, stato, état, Zustand, estado civil/estado"},
	}
}

// vocabulary contains the meaning of each word.
type vocabulary struct {
	meanings []meaning
	byWord   map[string]int
	byName   map[string]int
}

func newVocabulary() vocabulary {
	v := vocabulary{meanings: meanings(), byWord: map[string]int{}, byName: map[string]int{}}
	for i, m := range v.meanings {
		v.byName[m.name] = i
		for word := range strings.SplitSeq(m.words, ",") {
			key := wordKey(word)
			if _, ok := v.byWord[key]; !ok && key != "" {
				v.byWord[key] = i
			}
		}
	}
	return v
}

// meaningOf returns the meaning of a word, nil if it is unknown.
func (v vocabulary) meaningOf(word string) *meaning {
	i, ok := v.byWord[wordKey(word)]
	if !ok {
		return nil
	}
	return &v.meanings[i]
}

// base returns the meaning whose fields a meaning matches.
func (v vocabulary) base(m *meaning) *meaning {
	if m.of == "" {
		return m
	}
	return &v.meanings[v.byName[m.of]]
}

// wordKey folds a word as [schema.FoldName] does, and removes its accents. Japanese marks that change a syllable
// remain.
func wordKey(word string) string {
	if isLowerWord(word) {
		return word
	}
	plain := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) && r != '\u3099' && r != '\u309A' {
			return -1
		}
		return r
	}, norm.NFD.String(word))
	return schema.FoldName(norm.NFC.String(plain))
}

// isLowerWord reports whether a word is already folded.
func isLowerWord(word string) bool {
	for i := range len(word) {
		if b := word[i]; (b < 'a' || b > 'z') && (b < '0' || b > '9') {
			return false
		}
	}
	return true
}

// isWord reports whether a text is one of the words of headers.
func (m *matcher) isWord(text string) bool {
	return m.words.meaningOf(text) != nil || slices.ContainsFunc(m.table, func(f schema.Field) bool {
		return strings.EqualFold(f.Name, text) || strings.EqualFold(f.Title, text)
	})
}
