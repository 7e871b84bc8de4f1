//! German sentences about the demo's table, written by hand as analysts and small models write them.

/// True ones.
pub const TRUE: &str = "
Apple Inc. schloss am 1. März 2013 bei 56,14 $.
Apples Aktie beendete den Handel am 01.03.2013 bei 56,14 Dollar.
Im letzten Monat ist der Kurs gefallen: Die 21-Tage-Rendite beträgt -5,2 %.
In den vergangenen fünf Handelstagen verlor die Aktie 4,5 Prozent.
Die Aktie gab in der letzten Woche um vier Komma fünf Prozent nach.
Auf Monatssicht steht ein Minus von 5,2 Prozent zu Buche.
Der Median der Prognose liegt bei 57,69 $ und damit über dem letzten Schlusskurs.
Die Medianprognose liegt 2,8 % über dem letzten Schlusskurs.
Das 10-%-Quantil liegt bei 49,46 $, das 90-%-Quantil bei 66,60 $.
Die meisten Pfade enden zwischen 49,46 $ und 66,60 $.
Der Kurs notiert unter seinem 50-Tage-Durchschnitt von 63,01 $.
Die Aktie liegt sowohl unter der 50-Tage-Linie als auch unter der 200-Tage-Linie.
Der 50-Tage-Durchschnitt liegt unter dem 200-Tage-Durchschnitt, ein Zeichen von Schwäche.
Mit einem RSI von 33,3 ist die Aktie weder überkauft noch überverkauft.
Der RSI(14) steht bei 33,3 und damit unter 50.
Die Volatilität beträgt 26,9 % im Jahr.
Vom höchsten Schlusskurs ist die Aktie 38,0 % entfernt.
Der Widerstand liegt bei 79,37 $ und wurde zweimal berührt.
Von elf Schlagzeilen sind vier positiv, drei negativ und vier neutral.
Ein gutes Drittel der Schlagzeilen ist positiv.
Es gibt mehr positive als negative Schlagzeilen.
Die Stimmung der Nachrichten ist gemischt.
Der Nettowert der Stimmung liegt bei +0,08.
Die Prognose reicht 30 Handelstage weit, bis zum 15. April 2013.
Anleger sollten die Aktie halten.
Die Einstufung lautet „Halten“.
Der Kurs könnte in den nächsten 30 Handelstagen auf 49,46 $ fallen.
Frühere Ergebnisse sind keine Garantie für künftige.
Eine Prognose ist keine Gewissheit, und die Unsicherheit bleibt hoch.
Die Spanne zwischen den Quantilen ist breit.
Das Modell erwartet einen leichten Anstieg.
Der Abwärtstrend ist intakt, solange der Kurs unter der 200-Tage-Linie liegt.
Am letzten Handelstag fiel die Aktie um 2,5 %.
Zwölf Monate ohne den letzten Monat ergeben eine Rendite von -13,9 %.
Zuletzt wurde die Apple-Aktie mit 56,14 Dollar gehandelt.
Der Schlusskurs vom 1. März lag bei 56,14 US-Dollar.
Mit 56,14 $ notiert das Papier deutlich unter dem gleitenden Durchschnitt der letzten 50 Tage, der bei 63,01 $ verläuft.
Binnen Wochenfrist büßte die Aktie 4,5 % ein.
Der Titel hat in den zurückliegenden fünf Sitzungen rund 4,5 Prozent an Wert verloren.
Im vergangenen Monat ging es für den Kurs um 5,2 % bergab.
Gegenüber dem Vortag steht ein Abschlag von 2,5 %.
Die kurzfristige Entwicklung ist schwach: Auf Wochensicht verlor die Aktie 4,5 %, auf Monatssicht 5,2 %.
Der kurzfristige Durchschnitt liegt unter dem langfristigen, was als Zeichen von Schwäche gilt.
Der Relative-Stärke-Index von 33,3 liegt knapp über der Schwelle von 30 zum überverkauften Bereich.
Von einem überkauften Zustand ist die Aktie weit entfernt.
Die annualisierte Schwankungsbreite liegt bei 26,9 Prozent.
Vom Hoch des Zeitraums hat sich der Kurs um 38 % entfernt.
Der nächste Widerstand befindet sich bei 79,37 $.
Das Modell rechnet bis zum 15. April 2013 mit einem Kurs von 57,69 $.
Für Mitte April sieht das Modell einen mittleren Kurs von 57,69 $ voraus.
Die erwartete Rendite beträgt 2,8 %.
Bis zum Ende des Prognosehorizonts ergibt sich ein erwarteter Kursgewinn von 2,8 %.
80 % der Modellpfade enden zwischen 49,46 $ und 66,60 $.
Im ungünstigen Fall liegt der Kurs bei 49,46 $, im günstigen bei 66,60 $.
Die Spanne der Prognose reicht von 49,46 $ bis 66,60 $ und schließt den letzten Schlusskurs ein.
Der letzte Schlusskurs liegt innerhalb der Prognosespanne.
Alle 256 Pfade wurden verwendet.
Es wurden 256 Pfade gezogen, und keiner wurde verworfen.
Elf Meldungen wurden ausgewertet: vier positive, drei negative und vier neutrale.
Ebenso viele Schlagzeilen sind positiv wie neutral.
Keine der Schlagzeilen ändert etwas an der Einstufung.
Insgesamt ist das Nachrichtenbild ausgewogen.
Mit +0,08 fällt der Nettowert der Stimmung leicht positiv aus.
Die Nachrichtenlage ist weder klar gut noch klar schlecht.
Aus heutiger Sicht spricht mehr für das Halten der Aktie.
Wir bleiben bei der Einstufung Halten.
Ein Kauf drängt sich nicht auf.
Wer die Aktie besitzt, kann sie halten.
Anleger sollten vorsichtig bleiben und das Risiko im Blick behalten.
Diese Einschätzung ersetzt keine Anlageberatung.
Ob sich der Abwärtstrend fortsetzt, ist offen.
Ein Bruch der Unterstützung könnte weitere Verluste nach sich ziehen.
Sollte der Kurs unter 49,46 $ fallen, wäre die untere Grenze des Bands unterschritten.
Die Durchschnitte kreuzten sich zuletzt am 10. Dezember 2012.
Am 10. Dezember 2012 fiel der 50-Tage-Durchschnitt unter den 200-Tage-Durchschnitt.
Der Kurs liegt 10,9 % unter der 50-Tage-Linie.
Der Abstand zum 200-Tage-Durchschnitt beträgt 24,5 %.
Sollten sich die Kurse stabilisieren, wäre das ein gutes Zeichen.
Historische Kursmuster müssen sich nicht wiederholen.
Technisch betrachtet bleibt das Bild eingetrübt.
Schlagzeile 2 berichtet, dass ein Zulieferer die Produktion kürzt.
Das Unternehmen wird an der Nasdaq gehandelt.
Der RSI zeigt weder eine Übertreibung nach oben noch nach unten.
In zwölf Monaten ohne den jüngsten Monat summiert sich der Verlust auf 13,9 %.
Die Aktie von Apple hat am Freitag, dem 1. März 2013, bei 56,14 Dollar geschlossen.
Auf Basis des letzten Schlusskurses von 56,14 $ ergibt sich für den 15. April 2013 ein Median von 57,69 $.
Das entspricht einem Kurspotenzial von 2,8 %.
Seit Wochenbeginn ist nichts bekannt, auf Fünf-Tages-Sicht aber verlor das Papier 4,5 Prozent.
Damit setzt sich die Schwächephase der letzten Wochen fort.
Im Monatsvergleich beläuft sich das Minus auf 5,2 Prozent.
Die 21-Tage-Rendite ist mit -5,2 % klar negativ.
Sowohl auf Wochen- als auch auf Monatssicht liegt die Aktie im Minus.
Charttechnisch ist die Lage angespannt, denn der Kurs liegt unter beiden Durchschnitten.
Der gleitende 200-Tage-Durchschnitt von 74,31 $ ist weit entfernt.
Seit dem 10. Dezember 2012 liegt der 50-Tage-Durchschnitt unter dem 200-Tage-Durchschnitt.
Der RSI nähert sich mit 33,3 dem überverkauften Bereich.
Mit 33,3 Punkten liegt der RSI noch oberhalb der Marke von 30.
Die Schwankungen sind mit 26,9 % pro Jahr üblich.
Die Unsicherheit der Prognose zeigt sich am breiten 80-%-Band zwischen 49,46 $ und 66,60 $.
Im schlechtesten Fall sieht das Modell 49,46 $, im besten Fall 66,60 $.
Mit einer Wahrscheinlichkeit von 10 % schließt die Aktie unter 49,46 $.
Die Hälfte der Pfade endet über 57,69 $.
Das Modell hat 256 Pfade simuliert.
Die elf Schlagzeilen verteilen sich auf vier positive, vier neutrale und drei negative.
Nur drei von elf Schlagzeilen sind negativ.
Weniger als die Hälfte der Schlagzeilen ist positiv.
Der Ton der Nachrichten ist ausgeglichen.
Bei einem Nettowert von 0,08 überwiegt das Positive nur leicht.
Die Regel ergibt ein Halten.
Halten bleibt die Empfehlung.
Weder ein Kauf noch ein Verkauf ist derzeit angezeigt.
Wir empfehlen, die Position unverändert zu halten.
Für einen Kauf ist es noch zu früh.
Ein Anstieg über 79,37 $ würde das Bild aufhellen.
Fällt der Kurs weiter, könnte die Untergrenze von 49,46 $ getestet werden.
Alle Angaben sind ohne Gewähr.
Vergangene Entwicklungen sind kein verlässlicher Indikator für die Zukunft.
Die nächsten Wochen werden zeigen, ob die Prognose eintrifft.
Der Bericht stützt sich allein auf Kursdaten und Schlagzeilen.
Apple notiert damit 38 % unter dem höchsten Schlusskurs.
Schlagzeile 1 meldet eine höhere Dividende von Apple.
Gemessen am Schlusskurs beträgt die erwartete Rendite 2,8 %.
Das mittlere Szenario sieht ein leichtes Plus von 2,8 % vor.
";

/// False ones, or ones that nothing bears out.
pub const FALSE: &str = "
Apple Inc. schloss am 1. März 2013 bei 65,14 $.
Apple Inc. schloss am 4. April 2013 bei 56,14 $.
Im letzten Monat ist der Kurs gestiegen.
In den vergangenen fünf Handelstagen gewann die Aktie 4,5 Prozent.
Die Aktie legte in der letzten Woche zu.
Auf Monatssicht steht ein Plus von 5,2 Prozent zu Buche.
Im letzten Monat verlor die Aktie 13,9 %.
Der Median der Prognose liegt bei 66,60 $.
Die Medianprognose liegt unter dem letzten Schlusskurs.
Der Kurs notiert über seinem 50-Tage-Durchschnitt.
Der 50-Tage-Durchschnitt liegt bei 74,31 $.
Mit einem RSI von 33,3 ist die Aktie überkauft.
Der RSI liegt bei 56,1.
Die Volatilität beträgt 38,0 % im Jahr.
Von elf Schlagzeilen sind sieben positiv.
Die meisten Schlagzeilen sind negativ.
Die Stimmung der Nachrichten ist schlecht.
Die Prognose reicht 60 Handelstage weit.
Anleger sollten die Aktie kaufen.
Wir raten zum Verkauf.
Jetzt ist eine gute Einstiegsgelegenheit.
Die Aktie fiel wegen schwacher Nachfrage in China.
Der Rückgang ist auf enttäuschende Quartalszahlen zurückzuführen.
Warren Buffett hat seine Beteiligung aufgestockt.
Der Umsatz des Unternehmens wächst weiter.
Analysten von Goldman Sachs erwarten eine Erholung.
Die Schlagzeilen berichten von einem neuen Tablet.
Das Unternehmen entwickelt und verkauft Smartphones in aller Welt.
Der Kurs hat sich im letzten Monat verdoppelt.
Die Prognose deutet klar nach unten.
Alle Schlagzeilen sind positiv.
Der Widerstand liegt bei 63,01 $.
Konkurrent Samsung gewinnt Marktanteile hinzu.
Zuletzt wurde die Apple-Aktie mit 61,40 Dollar gehandelt.
Der Schlusskurs vom 8. März lag bei 56,14 US-Dollar.
Das Papier notiert deutlich über dem gleitenden Durchschnitt der letzten 50 Tage.
Binnen Wochenfrist büßte die Aktie 7,5 % ein.
Der Titel hat in den zurückliegenden fünf Sitzungen rund 4,5 Prozent an Wert gewonnen.
Im vergangenen Monat ging es für den Kurs um 5,2 % bergauf.
Gegenüber dem Vortag steht ein Aufschlag von 2,5 %.
Die Aktie zog in der letzten Woche kräftig an.
Der kurzfristige Durchschnitt liegt über dem langfristigen.
Der Relative-Stärke-Index von 72 signalisiert eine überkaufte Lage.
Die Aktie befindet sich im überkauften Bereich.
Die annualisierte Schwankungsbreite liegt bei 33,3 Prozent.
Vom Hoch des Zeitraums hat sich der Kurs um 12 % entfernt.
Der nächste Widerstand befindet sich bei 66,60 $.
Das Modell rechnet bis zum 15. April 2013 mit einem Kurs von 66,60 $.
Das Modell rechnet bis zum 30. April 2013 mit einem Kurs von 57,69 $.
Die erwartete Rendite beträgt 8,2 %.
Die Prognose lässt einen Kursrückgang erwarten.
90 % der Modellpfade enden zwischen 49,46 $ und 66,60 $.
Im günstigen Fall liegt der Kurs bei 79,37 $.
Der letzte Schlusskurs liegt außerhalb der Prognosespanne.
Nur 200 von 256 Pfaden wurden verwendet.
Dreizehn Meldungen wurden ausgewertet.
Die Mehrheit der Schlagzeilen ist positiv.
Keine Schlagzeile ist negativ.
Das Nachrichtenbild ist eindeutig positiv.
Der Nettowert der Stimmung liegt bei +0,80.
Ein Kauf ist daher ratsam.
Anleger sollten sich von der Aktie trennen.
Wer noch nicht investiert ist, sollte jetzt zugreifen.
Unsere Einstufung lautet Verkaufen.
Wir raten vom Halten der Aktie ab.
Am 10. Dezember 2012 stieg der 50-Tage-Durchschnitt über den 200-Tage-Durchschnitt.
Der Kurs liegt 20,4 % unter der 50-Tage-Linie.
Die Verluste gehen auf enttäuschte Erwartungen der Investoren zurück.
Steigende Zinsen haben die Aktie belastet.
Die schwache Konjunktur drückt auf den Kurs.
Hintergrund des Rückgangs sind Sorgen um die Nachfrage nach Smartphones.
Der Konzern meldete zuletzt einen Gewinneinbruch.
Das Management plant neue Produkte.
Tim Müller übernimmt die Leitung des Unternehmens.
Der chinesische Rivale Huawei setzt Apple zu.
Laut Goldman Sachs ist die Aktie fair bewertet.
Analysten zeigen sich optimistisch.
Medien berichten über einen bevorstehenden Führungswechsel.
Schlagzeile 3 meldet einen Rekordgewinn.
Schlagzeile 7 handelt von der Dividende.
Der Kurs hat sich innerhalb eines Jahres verdreifacht.
Seit drei Monaten tritt die Aktie auf der Stelle.
In den letzten zwei Jahren hat sich der Kurs halbiert.
Die Aktie von Apple hat am Dienstag, dem 1. März 2013, bei 56,14 Dollar geschlossen.
Auf Basis des letzten Schlusskurses von 65,41 $ ergibt sich ein Median von 57,69 $.
Das entspricht einem Kurspotenzial von 12,8 %.
Auf Fünf-Tages-Sicht gewann das Papier 4,5 Prozent.
Im Monatsvergleich beläuft sich das Plus auf 5,2 Prozent.
Die 21-Tage-Rendite ist mit -7,9 % klar negativ.
Auf Monatssicht liegt die Aktie im Plus.
Der Kurs liegt über beiden Durchschnitten.
Die 50-Tage-Linie verläuft bei 56,14 $.
Der gleitende 200-Tage-Durchschnitt von 63,01 $ ist weit entfernt.
Seit dem 10. Oktober 2012 liegt der 50-Tage-Durchschnitt unter dem 200-Tage-Durchschnitt.
Der RSI liegt mit 74,3 im überkauften Bereich.
Mit 33,3 Punkten liegt der RSI unterhalb der Marke von 30.
Die Schwankungen sind mit 46,9 % pro Jahr üblich.
Das breite 80-%-Band liegt zwischen 44,90 $ und 66,60 $.
Im besten Fall sieht das Modell 57,69 $.
Mit einer Wahrscheinlichkeit von 10 % schließt die Aktie unter 57,69 $.
Das Modell hat 512 Pfade simuliert.
Die Schlagzeilen verteilen sich auf sechs positive, vier neutrale und drei negative.
Sieben von elf Schlagzeilen sind negativ.
Mehr als die Hälfte der Schlagzeilen ist positiv.
Der Ton der Nachrichten ist düster.
Die Regel ergibt einen Kauf.
Verkaufen bleibt die Empfehlung.
Ein Verkauf ist derzeit angezeigt.
Wir empfehlen, die Position aufzustocken.
Für einen Kauf ist jetzt der richtige Zeitpunkt.
Die Prognose geht von fallenden Kursen aus.
Das mittlere Szenario sieht ein Minus von 2,8 % vor.
Die Aktie hat sich im letzten Monat erholt.
Nach den schwachen Quartalszahlen fiel die Aktie.
Der Kursrutsch hat mit dem schwachen Absatz in China zu tun.
Weil Anleger Gewinne mitnahmen, fiel der Kurs.
Apple stellt Computer und Telefone her.
Der Konzern profitiert von treuen Kunden.
Konzernchef Tim Cook kündigte ein neues Gerät an.
Die Konkurrenz durch Xiaomi nimmt zu.
Beobachter bei JPMorgan bleiben skeptisch.
Schlagzeile 2 lobt die neue Produktpalette.
In den Nachrichten geht es um eine Klage in Kalifornien.
";
