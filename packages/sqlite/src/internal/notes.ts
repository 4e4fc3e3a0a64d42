/** Notes: the small values beside a journal. */
import type { Note, Noted } from "@waymark/interpreter"
import { Store } from "@waymark/interpreter"
import type { Connection } from "./connection.ts"
import { orRefuse } from "./failure.ts"
import type { NoteRow } from "./rows.ts"
import { noteOf } from "./rows.ts"

/** Writes those that their instances take. */
export const note = (connection: Connection, batch: ReadonlyArray<Note>): ReadonlyArray<boolean> => {
  const values = orRefuse(Store.prepareNotes(batch))
  return connection.transaction(() =>
    batch.map((note, index) => {
      const row = connection.row(note.instance)
      if (row === undefined || !Store.takes(row, note)) return false
      const value = values[index] ?? null
      if (value === null) connection.sql.deleteNote.run(note.instance, note.name)
      else connection.sql.putNote.run(note.instance, note.name, value)
      return true
    })
  )
}

/** The notes of an instance. */
export const notes = ({ sql }: Connection, instance: string): ReadonlyArray<Noted> =>
  (sql.notes.all(instance) as ReadonlyArray<NoteRow>).map(noteOf)
