/**
 * SQL of the event that receivers are told of an incident's turn (domain/model/Notification), and of who is told of its
 * end, whoever writes it: the
 * worker as part of its one statement, or the API when a person ends the incident.
 */

export interface Turn {
  /** SQL expressions: the type of the event, the incident's status then, the instant of the turn, the check as json. */
  readonly type: string
  readonly status: string
  readonly at: string
  readonly check: string
}

/** An expression of type json, over the incident `i` and its monitor `m`. */
export const incidentEvent = ({ at, check, status, type }: Turn): string => `
  json_build_object(
    'type', ${type},
    'timestamp', rfc3339(${at}),
    'data', json_build_object(
      'incident', json_build_object('id', i.id, 'status', ${status}, 'trigger', i.trigger, 'severity', i.severity,
        'startedAt', rfc3339(i.started_at), 'resolvedAt', rfc3339(i.resolved_at),
        'cause', json_build_object('code', i.cause_code, 'message', i.cause_message)),
      'monitor', json_build_object('id', m.id, 'name', m.name, 'type', m.type, 'tags', to_json(m.tags)),
      'check', ${check}))`

/** Of a notification: its channel was told of the incident's beginning, or is about to be; so it is told of the end. */
export const toldOfBeginning = (notification: string): string =>
  `${notification}.type IN ('incident.opened', 'incident.repeated', 'incident.escalated')
          AND ${notification}.status IN ('pending', 'sent', 'digested')`

/** The reasons of the message that tells of the end, at an instant; jsonb. */
export const toldOfOpening = (at: string): string => `
  jsonb_build_array(jsonb_build_object('code', 'told_of_opening', 'at', rfc3339(${at}),
    'message', 'This channel is told of the end because it was told of the beginning.'))`
