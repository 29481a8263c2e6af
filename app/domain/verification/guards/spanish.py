"""What Spanish has for forms that no explanation takes."""

from typing import Final

from app.domain.verification.guards.form import Form, Guards, either

_NUMBER = r"[$\u20ac]?\s?(?:\d|dos\b|tres\b)"

SPANISH: Final = Guards(
    anywhere=(
        Form.of(
            "number-unproved",
            r"(?:\d|%|meses|a\u00f1os?)\s*o (?:m\u00e1s|menos)\b",
            r"(?:meses|a\u00f1os?)\s*\+",
            r"\b(?:un m\u00e1ximo del?|un m\u00ednimo del?|al menos|por lo menos|como m\u00ednimo"
            r"|como m\u00e1ximo|hasta)\s+" + _NUMBER,
        ),
        Form.of("number-misplaced", r"\bno\s+(?:es |fue |son )[$]?\d"),
        Form.of(
            "prohibited-basis",
            r"\b(?:es|eres) (?:muy |demasiado |tan )*(?:joven|mayor|viej\w)\b",
            r"\ba su edad\b",
        ),
        Form.of(
            "action-misstated",
            r"\ben revisi\u00f3n\b|\bpendiente de (?:revisi|decisi)\w*",
            r"\busted (?:ha )?(?:cerr\u00f3|retir\u00f3)\b",
        ),
        Form.of(
            "reason-generic",
            r"\b(?:en parte|entre otr[oa]s|otros motivos)\b",
            r"\bpor (?:su|tu|el) (?:puntaje|puntuaci\u00f3n)\b",
        ),
        Form.of("agent-unproved", r"\b(?:a|le|les) (?:pagad|debid)\w+ a usted\b"),
    ),
    forms=(
        Form.of(
            "hedge",
            r"\b(?:supuestamente|aparentemente|al parecer|quiz\u00e1s? (?!no)|alguien|podr\u00eda"
            r"|podr\u00edan|presuntamente)\b",
        ),
        Form.of(
            "comparison-unproved",
            r"\b(?:solicitantes|clientes|prestatarios|otra persona|otras personas|los de otros"
            r"|los de otras|entre todos|los dem\u00e1s|de otro cliente|consumidores|personas"
            r"|hogares"
            r"|gente|de todos los)\b",
            r"\bque (?:otros|otras|la mayor\u00eda|los dem\u00e1s)\b",
        ),
        # What may come, what would have been, and what the reader should do.
        Form.of(
            "promise",
            r"\b(?:voy|va|vamos|van|iba|iban|\u00edbamos|ir\u00e1) a \w+r\b",
            r"\b(?:habr\u00eda|habr\u00edan|hubiera|hubiese|de haber)\b",
            r"\b(?:aprob|conced|otorg|mejor|cumpl|acept|autoriz)\w*r\u00edan?\b",
            r"(?:^|[.;]\s+)Si\b",
            r"\ble (?:rogamos|recomendamos|sugerimos|aconsejamos|pedimos|invitamos)\b",
            r"\b(?:debe|deber\u00e1|tiene que(?! ver)|debe de) "
            r"(?!(?:\d|un|una|el|la|los|las|m\u00e1s|casi|unos)\b)\w+r\b"
            r"(?! (?:los|el|las) (?:motivo|factor|raz))",
        ),
        Form.of(
            "agent-unproved",
            r"\b(?:su|tu) (?:banco|empresa|jefe|c\u00f3nyuge|espos[oa]|marido|mujer|pareja|familia"
            r"|casero)\b(?! (?:no|emple))",
            r"\botro (?:banco|acreedor) (?:deneg|rechaz)\w*",
            r"\bnuestr[oa]s? (?:ingres|salario|deuda|saldo|l\u00edmite|vivienda|empleo"
            r"|cuenta corriente|historial|pago)\w*",
        ),
    ),
    alone=either(r"\b(?:por s\u00ed sol[oa]|\u00fanicamente|exclusivamente)\b"),
    listing=either(r"\b(?:el|un) (?:\u00fanico|solo) (?:motivo|factor)\b"),
    grants=either(
        r"(?<!no )(?<!no le )(?<!no se )(?<!no te )(?<!que )"
        r"\b(?:aprobamos|aceptamos|concedimos|concedemos|otorgamos|autorizamos)\b"
        r"(?! (?:menos|en condiciones))",
        r"\b(?:su|tu) (?:solicitud|pr\u00e9stamo) (?:ha sido|fue|est\u00e1)"
        r" (?:aprobad|aceptad|concedid|autorizad)",
    ),
    turned_down=either(r"(?!)"),
    limit_cut=either(r"\b(?:redujimos|bajamos|subimos) (?:el|su|la) (?:l\u00edmite|tasa)\b"),
    no_offer=either(
        r"\bno (?:vamos a |le |te |podemos )*ofrec\w*\b"
        r"(?![^.;]*\b(?:terms|condiciones|requested|solicitad|asked))"
    ),
    cause=either(
        r"\b(?:porque|ya que|puesto que|cuando|una vez que|si) (?:usted|su empleador|ellos)\b"
    ),
    commands=either(
        r"(?:por favor,?\s+)?(?:pague|abra|mantenga|reduzca|baje|suba|pida|llame|env\u00ede"
        r"|solicite"
        r"|ahorre|cierre|consiga|use|a\u00f1ada|elija|aporte|presente|considere|intente|espere|evite"
        r"|procure|conviene|disminuya|mejore|haga|ponga|traiga|comunique|muestre"
        r"|tenga (?!en cuenta)|entregue|acuda|consulte|contacte|complete|deje|empiece|deposite"
        r"|gaste"
        r"|trabaje|revise|corrija|(?:paga|abre|reduce|env\u00eda)(?= (?:tus?|m\u00e1s|menos)\b))\s"
    ),
    cadence=either(
        r"\bcada (?:semana|d\u00eda|a\u00f1o|vez|cuenta)\b",
        r"\b(?:semanal\w*|diari\w*|repetidamente|siempre|constantemente)\b",
    ),
    scope=either(
        r"\b(?:todos|todas|cada un[oa] de|la mayor\u00eda de) (?:sus|tus|los|las) (?P<what>\w+)"
        r"(?P<which>)"
    ),
)
