// Enlarged curves by h5web. Loaded only when they are wanted.
import "@h5web/lib/styles.css";
import { Interpolation, LineVis, ScaleType } from "@h5web/lib";
import ndarray from "ndarray";
import { useMemo } from "react";
import { withUnit } from "../data/arrays";
import type { CurveViewProps } from "./curve_view";
import type { View } from "./paint";

const scales = { linear: ScaleType.Linear, log: ScaleType.Log, symlog: ScaleType.SymLog } as const;

export default function WebglCurves({ curves, xType, yType, errors, full }: CurveViewProps & { full: View }) {
  const [first, ...others] = curves;
  const made = useMemo(() => {
    const arrayOf = (values: ArrayLike<number>) => ndarray(Float64Array.from(values), [values.length]);
    return {
      data: arrayOf(first.y),
      errors: first.errors ? arrayOf(first.errors) : undefined,
      x: Array.from(first.centres),
      // h5web draws all curves over the axis of the first.
      others: others.filter((c) => c.y.length === first.y.length).map((c) => ({ label: c.name, array: arrayOf(c.y), errors: c.errors ? arrayOf(c.errors) : undefined })),
    };
  }, [curves]);
  return (
    <LineVis
      className="webgl"
      dataArray={made.data}
      domain={full.y}
      scaleType={scales[yType]}
      abscissaParams={{ label: withUnit(first.x.name, first.x.unit), value: made.x, scaleType: scales[xType] }}
      ordinateLabel={withUnit(first.label || "", first.unit)}
      errorsArray={made.errors}
      showErrors={errors}
      auxiliaries={made.others}
      interpolation={first.steps ? Interpolation.Constant : Interpolation.Linear}
      showGrid
    />
  );
}
