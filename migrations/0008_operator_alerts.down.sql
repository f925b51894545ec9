DROP TABLE operator_alerts;
